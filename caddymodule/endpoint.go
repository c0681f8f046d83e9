package caddymodule

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"go.uber.org/zap"

	"github.com/caddy-consent/caddy-consent/caddymodule/ui"
	"github.com/caddy-consent/caddy-consent/consent"
)

// maxForm bounds the body of a post: a choice is a few words.
const maxForm = 16 << 10

var crossOrigin = http.NewCrossOriginProtection()

// isForeign tells whether another site's page makes a browser send a post: by what browsers say of it, or
// where they say nothing, by the page that it comes from.
func isForeign(r *http.Request) bool {
	switch origins := r.Header["Origin"]; {
	case crossOrigin.Check(r) != nil, len(origins) > 1:
		return true
	case len(origins) > 0, r.Header.Get("Sec-Fetch-Site") != "", r.Referer() == "":
		return false
	}
	from, err := url.Parse(r.Referer())
	return err != nil || !strings.EqualFold(from.Host, r.Host)
}

// endpointPath tells whether the request is for the consent endpoint, and
// for which path below it ("" is the endpoint without its slash). It counts
// where the visitor went: a site whose every path is rewritten to one page, as
// with "try_files {path} /index.html", has the endpoint too. It also counts
// what a prefix was stripped from.
func (h *Handler) endpointPath(r *http.Request) (string, bool) {
	_, asked := original(r)
	for _, path := range [...]string{asked, r.URL.Path} {
		if rest, ok := strings.CutPrefix(path, h.Banner.Path); ok && (rest == "" || rest[0] == '/') {
			return rest, true
		}
	}
	return "", false
}

// serveEndpoint answers requests below the endpoint's path. No other handler
// sees them.
func (h *Handler) serveEndpoint(w http.ResponseWriter, r *http.Request, path string, v visit) error {
	header := w.Header()
	header.Del("Content-Type") // a header directive says it of pages
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	if path == "" {
		target := url.URL{Path: h.Banner.Path + "/", RawQuery: r.URL.RawQuery}
		http.Redirect(w, r, target.String(), http.StatusPermanentRedirect)
		return nil
	}
	part, ok := endpointParts[path]
	if !ok || part.there != nil && !part.there(h) {
		http.Error(w, "not found", http.StatusNotFound)
		return nil
	}
	allow := part.methods
	if allow == "" {
		allow = "GET, HEAD"
	}
	if !slices.Contains(strings.Split(allow, ", "), r.Method) {
		return notAllowed(w, allow)
	}
	return part.serve(h, w, r, v)
}

// endpointPart answers one path below the endpoint's.
type endpointPart struct {
	serve   func(h *Handler, w http.ResponseWriter, r *http.Request, v visit) error
	methods string              // those that are allowed; "" for GET and HEAD
	there   func(*Handler) bool // whether the settings have it; nil for always
}

// endpointParts are the paths below the endpoint's.
var endpointParts = map[string]endpointPart{
	"/":             {serve: (*Handler).serveRoot, methods: "GET, HEAD, POST"},
	"/granted":      {serve: (*Handler).serveGranted},
	"/banner.css":   {serve: asset("banner.css"), there: (*Handler).asks},
	"/banner.js":    {serve: script("banner.js"), there: (*Handler).asks},
	"/state":        {serve: (*Handler).serveState, there: (*Handler).asks},
	"/bridge":       {serve: (*Handler).serveBridge, methods: "POST", there: (*Handler).bridges},
	"/bridge.js":    {serve: asset("bridge.js"), there: (*Handler).bridges},
	"/csp":          {serve: (*Handler).serveCSP, methods: "POST", there: (*Handler).hasNet},
	"/early.js":     {serve: (*Handler).serveEarly},
	"/frame.json":   {serve: (*Handler).serveFrame, there: (*Handler).guards},
	"/guard.json":   {serve: (*Handler).serveGuard, there: (*Handler).guards},
	"/policy":       {serve: (*Handler).servePolicyHTML},
	"/policy.json":  {serve: servesPolicy("application/json", writePolicyJSON)},
	"/policy.md":    {serve: servesPolicy("text/markdown; charset=utf-8", (*ui.Policy).WriteMarkdown)},
	"/receipt":      {serve: (*Handler).serveReceipt, there: (*Handler).hasOwn},
	"/receipt.json": {serve: (*Handler).serveReceiptJSON, there: (*Handler).hasOwn},
	"/release.js":   {serve: script("release.js")},
	"/style.css":    {serve: asset("style.css")},

	"/placeholder.css":  {serve: asset("placeholder.css")},
	"/placeholder.js":   {serve: script("placeholder.js")},
	"/placeholder.json": {serve: (*Handler).servePlaceholder},
}

// bridges tells whether another consent manager's answer is handed on.
func (h *Handler) bridges() bool { return h.Bridge }

// serveRoot shows the form, or takes what it sends.
func (h *Handler) serveRoot(w http.ResponseWriter, r *http.Request, v visit) error {
	switch {
	case !h.asks():
		http.Error(w, "on this site another consent manager asks", http.StatusNotFound)
		return nil
	case r.Method == http.MethodPost:
		return h.serveChoice(w, r, v)
	}
	return h.servePreferences(w, r, v)
}

// asks tells whether visitors choose on this module's own page, and not with
// another consent manager.
func (h *Handler) asks() bool { return h.policy.HasOwn() && !h.Bridge }

// asset serves a stylesheet or script.
func asset(name string) func(*Handler, http.ResponseWriter, *http.Request, visit) error {
	data := ui.Asset(name)
	return serves(name, func() []byte { return data })
}

// script serves a script that is made of several files: when it is first asked for.
func script(name string) func(*Handler, http.ResponseWriter, *http.Request, visit) error {
	return serves(name, func() []byte { return ui.Script(name) })
}

// serves makes what answers with bytes as the file of a name.
func serves(name string, data func() []byte) func(*Handler, http.ResponseWriter, *http.Request, visit) error {
	return func(_ *Handler, w http.ResponseWriter, r *http.Request, _ visit) error {
		w.Header().Set("Cache-Control", "public, max-age=3600")
		http.ServeContent(w, r, name, time.Time{}, bytes.NewReader(data()))
		return nil
	}
}

// refusesOrigin refuses a post that another site's page makes a browser send.
func (h *Handler) refusesOrigin(w http.ResponseWriter, r *http.Request) bool {
	if !isForeign(r) {
		return false
	}
	h.logger.Info("refused a choice from another site", zap.String("origin", r.Header.Get("Origin")))
	http.Error(w, "choices are accepted from this site's own pages only", http.StatusForbidden)
	return true
}

// notAllowed answers a request by another method than those of allow.
func notAllowed(w http.ResponseWriter, allow string) error {
	w.Header().Set("Allow", allow)
	http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
	return nil
}

// maxVendors bounds how many vendors one page may ask about.
const maxVendors = 500

// serveGranted answers a shared page's question which of its vendors this
// visitor allows.
func (h *Handler) serveGranted(w http.ResponseWriter, r *http.Request, v visit) error {
	ids := strings.Split(r.URL.Query().Get("vendors"), ",")
	if len(ids) > maxVendors {
		http.Error(w, "too many vendors", http.StatusBadRequest)
		return nil
	}
	answer := struct {
		Granted    []string `json:"granted"` // of the vendors
		Categories []string `json:"categories"`
		Denied     []string `json:"denied"` // of the categories
	}{[]string{}, h.policy.GrantedNames(&v.decision), []string{}}
	for _, c := range h.policy.Categories() {
		if !h.policy.Granted(&v.decision, c.Name) {
			answer.Denied = append(answer.Denied, c.Name)
		}
	}
	for _, id := range ids {
		if h.policy.VendorGranted(&v.decision, id) {
			answer.Granted = append(answer.Granted, id)
		}
	}
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(answer)
}

// servePreferences shows the form.
func (h *Handler) servePreferences(w http.ResponseWriter, r *http.Request, v visit) error {
	texts, lang, dir := h.languages.Choose(r.URL.Query().Get("lang"), r.Header.Get("Accept-Language"))
	page := ui.Page{
		Host: v.host, Texts: texts, Lang: lang, Dir: dir,
		Action:        h.Banner.Path + "/",
		Return:        h.returnPath(r, r.URL.Query().Get("return")),
		PrivacyPolicy: h.Banner.PrivacyPolicy,
		Answered:      v.decision.State == consent.Answered,
	}
	for _, info := range h.policy.Categories() {
		title, description := inLanguage(&info, texts)
		c := ui.Category{
			Name: info.Name, Title: title, Description: description, Required: info.Required,
			Granted: h.policy.Granted(&v.decision, info.Name),
			Denied:  h.policy.DeniedBySignal(&v.decision, info.Name),
		}
		page.Signal = page.Signal || c.Denied
		named, others := info.Named()
		c.Others = len(others)
		for _, vendor := range named {
			c.Vendors = append(c.Vendors, ui.Vendor{Name: vendor.Name, Company: vendor.Company, Privacy: vendor.Privacy})
		}
		page.Categories = append(page.Categories, c)
	}
	var out bytes.Buffer
	if err := ui.Preferences.Execute(&out, page); err != nil {
		return caddyhttp.Error(http.StatusInternalServerError, err)
	}
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Security-Policy",
		"default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	header.Set("Referrer-Policy", "same-origin")
	addVary(header, "Accept-Language")
	_, err := w.Write(out.Bytes())
	return err
}

// serveChoice takes the visitor's answer, keeps it in the cookie, and sends
// the visitor back.
func (h *Handler) serveChoice(w http.ResponseWriter, r *http.Request, v visit) error {
	if h.refusesOrigin(w, r) {
		return nil
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		http.Error(w, "cannot read the form", http.StatusBadRequest)
		return nil
	}
	answer, ok := h.answer(r.PostForm, v)
	if !ok {
		http.Error(w, `choice must be one of "accept", "reject" and "save"`, http.StatusBadRequest)
		return nil
	}
	h.keep(w, r, v, answer)
	w.Header().Set("Location", h.returnPath(r, r.PostForm.Get("return")))
	w.WriteHeader(http.StatusSeeOther)
	return nil
}

// keep puts the answer into the cookie, takes away what it withdraws, and records it.
func (h *Handler) keep(w http.ResponseWriter, r *http.Request, v visit, answer consent.Choice) {
	after := h.policy.Chosen(answer, &v.decision)
	h.filterOwn(w, r, v, after)
	http.SetCookie(w, &http.Cookie{
		Name:     h.policy.CookieName(v.secure),
		Value:    h.policy.FormatOwn(answer, v.host),
		Path:     "/",
		MaxAge:   int(h.policy.MaxAge().Seconds()),
		Secure:   v.secure,
		HttpOnly: true,
		SameSite: http.SameSiteLaxMode,
	})
	if h.Mode == modeEnforce {
		h.cleanUp(w.Header(), r, v, &after)
	}
	h.record(w, r, &v, answer)
}

// cleanUp takes away what the visitor has withdrawn: the cookies that the
// browser sent along with the choice, and what else is configured to be cleared.
func (h *Handler) cleanUp(header http.Header, r *http.Request, v visit, after *consent.Decision) {
	var denied []string
	for _, line := range r.Header["Cookie"] {
		h.policy.FilterCookies(line, after, func(name string, verdict consent.CookieVerdict) {
			if verdict.Known {
				denied = append(denied, name)
			}
		})
	}
	if len(denied) > 0 {
		expire(header, r, denied, v.host, "/", v.secure)
		h.metrics.expired(len(denied))
	}
	if v.decision.Granted&^after.Granted != 0 && len(h.ClearSiteData) > 0 {
		quoted := make([]string, len(h.ClearSiteData))
		for i, what := range h.ClearSiteData {
			quoted[i] = `"` + what + `"`
		}
		header.Set("Clear-Site-Data", strings.Join(quoted, ", "))
	}
}

// answer reads the form.
func (h *Handler) answer(form url.Values, v visit) (c consent.Choice, ok bool) {
	c.At = v.now
	if len(form["choice"]) != 1 {
		return c, false
	}
	choice := form.Get("choice")
	switch choice {
	case "accept":
		c.How = consent.AcceptAll
	case "reject":
		c.How = consent.RejectAll
	case "save":
		c.How = consent.Custom
	default:
		return c, false
	}
	for _, info := range h.policy.Categories() {
		switch {
		case info.Required:
		case choice == "accept", choice == "save" && slices.Contains(form["category"], info.Name):
			c.Granted = append(c.Granted, info.Name)
		default:
			c.Denied = append(c.Denied, info.Name)
		}
	}
	return c, true
}

// returnPath is where the visitor goes after choosing: to the given path if it is
// one on this site, else to the page they came from, else to the front page.
// The result never leads to another site, nor back to the endpoint.
func (h *Handler) returnPath(r *http.Request, given string) string {
	if h.isLocalPath(given) {
		return given
	}
	if ref, err := url.Parse(r.Referer()); err == nil && ref.Host == r.Host && h.isLocalPath(ref.RequestURI()) {
		return ref.RequestURI()
	}
	return "/"
}

// isLocalPath tells whether a browser would take text as a path on this site:
// "//host" and "/\host" are other sites, and control characters are dropped
// before it looks (URL standard, section 4.4).
func (h *Handler) isLocalPath(text string) bool {
	if len(text) > 2048 || !strings.HasPrefix(text, "/") || strings.HasPrefix(text, "//") {
		return false
	}
	for i := range len(text) {
		if c := text[i]; c <= ' ' || c == '\\' || c >= 0x7f {
			return false
		}
	}
	u, err := url.Parse(text)
	if err != nil || u.Host != "" || u.Scheme != "" {
		return false
	}
	// Browsers resolve dot segments: "/a/../.consent/" is the endpoint.
	p := path.Clean(u.Path)
	return p != h.Banner.Path && !strings.HasPrefix(p, h.Banner.Path+"/")
}

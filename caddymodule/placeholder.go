package caddymodule

import (
	"bytes"
	"net/http"
	"strings"

	"github.com/caddy-consent/caddy-consent/caddymodule/ui"
	"github.com/caddy-consent/caddy-consent/consent"
	"github.com/caddy-consent/caddy-consent/consent/weburl"
)

// What stands in a blocked frame: a document that names the vendor, says what loading it
// means, and has a link to where the visitor chooses. It loads this module's own files and
// nothing else.
//
// It is the same for all visitors, and so depends on nothing that a page does not depend on
// anyway: it comes in the language of those whose languages there are none of, and its
// script says it in the visitor's. A page in nine languages would be nine versions, in
// every cache, for a few words in it. Nor does it have a nonce of the page: in an attribute
// a nonce can be read by styles, from which browsers hide it (HTML section 3.2.6.2). Where
// a policy allows no script without one the link remains.

// placeholderVendor is what a placeholder tells of a vendor.
type placeholderVendor struct {
	company, privacy string
	categories       string // their names, with spaces between
}

// placeholderVendors are those that somebody can grant, by their ids.
func placeholderVendors(policy *consent.Policy) map[string]placeholderVendor {
	vendors := make(map[string]placeholderVendor)
	for _, c := range policy.Categories() {
		for _, v := range c.Vendors {
			known := vendors[v.ID]
			known.company, known.privacy = v.Company, v.Privacy
			known.categories = strings.TrimPrefix(known.categories+" "+c.Name, " ")
			vendors[v.ID] = known
		}
	}
	return vendors
}

// placeholderKey is all that a placeholder of a handler depends on.
type placeholderKey struct {
	vendor, name, category, host, base string
	own                                bool // the host is the page's
}

// maxPlaceholders is how many a generation of them has, each of up to maxPlaceholder
// bytes: some 500 KiB of memory, and never more than 4 MiB. What a visitor sends as Host may be in one.
const (
	maxPlaceholders = 512
	maxPlaceholder  = 4 << 10
)

// placeholder is the document in place of a frame that would be fetched from a host.
func (j *pageJudge) placeholder(v consent.Verdict, host []byte) string {
	key := placeholderKey{v.Vendor, v.VendorName, v.Category, string(host), j.assetBase(), bytes.Equal(host, j.site)}
	document, ok := j.h.placeholders.get(key)
	if !ok {
		document = j.h.makePlaceholder(key)
		if len(document) <= maxPlaceholder {
			j.h.placeholders.put(key, document)
		}
	}
	return document
}

func (h *Handler) makePlaceholder(key placeholderKey) string {
	p := ui.Placeholder{
		Base: key.base, Vendor: key.name, Host: key.host, Settings: h.asks(),
		// A page under the net loads nothing that was denied when it came: not once, and
		// after a choice not without coming anew.
		Once:   h.CSP.Mode != cspEnforce && key.host != "" && !key.own, // this site's own is answered 204
		Reload: h.CSP.Mode == cspEnforce,
	}
	p.Texts, p.Lang, p.Dir = h.languages.Choose("", "")
	if known, ok := h.placeholderVendors[key.vendor]; ok {
		p.Company, p.Privacy, p.Categories = known.company, known.privacy, known.categories
	} else if _, ok := h.policy.Category(key.category); ok {
		p.Vendor, p.Categories = "", key.category // a list's, whose name says nothing about who it is
	}
	if p.Vendor == "" {
		p.Vendor = p.Host
	}
	if p.Company == p.Vendor {
		p.Company = ""
	}
	return p.HTML()
}

// assetBase is the endpoint as a document within the page names it. What is within is
// relative to the page's base, which may be another site's, or nothing.
func (j *pageJudge) assetBase() string {
	path := j.h.Banner.Path + "/"
	page, base := j.v.pageURL(j.r), j.baseURL()
	same := bytes.Equal
	if !j.opaque && same(base.Scheme, page.Scheme) && same(base.Host, page.Host) && same(base.Port, page.Port) && len(j.others) == 0 {
		return path
	}
	origin := string(page.Scheme) + "://" + string(page.Host)
	if len(page.Port) > 0 {
		origin += ":" + string(page.Port)
	}
	return origin + path
}

// placeholderTexts are the texts that a placeholder's script needs.
var placeholderTexts = []string{
	"placeholder", "placeholder_company", "placeholder_sends", "placeholder_privacy", "placeholder_failed",
	"load_once", "always_allow", "settings", "failed", "off_by_signal",
}

// placeholderState is what it needs to know, of this visitor.
type placeholderState struct {
	Asks       bool                  `json:"asks"`
	Categories []placeholderCategory `json:"categories"`
	Lang       string                `json:"lang"`
	Dir        string                `json:"dir"`
	Texts      ui.Texts              `json:"texts"`
}

type placeholderCategory struct {
	Name      string `json:"name"`
	Title     string `json:"title"`
	Required  bool   `json:"required"`
	Granted   bool   `json:"granted"`
	Signalled bool   `json:"signalled"` // denied by the browser's signal
}

// servePlaceholder tells a placeholder what to say, and what can be granted. Unlike the
// banner's state it is there, too, where another manager asks.
func (h *Handler) servePlaceholder(w http.ResponseWriter, r *http.Request, v visit) error {
	texts, lang, dir := h.textsFor(r)
	state := placeholderState{Asks: h.asks(), Lang: lang, Dir: dir, Texts: make(ui.Texts, len(placeholderTexts))}
	for _, key := range placeholderTexts {
		state.Texts[key] = texts[key]
	}
	for _, c := range h.policy.Categories() {
		told := placeholderCategory{
			Name: c.Name, Required: c.Required,
			Granted: h.policy.Granted(&v.decision, c.Name), Signalled: h.policy.DeniedBySignal(&v.decision, c.Name),
		}
		told.Title, _ = inLanguage(&c, texts)
		state.Categories = append(state.Categories, told)
	}
	return writeJSON(w, state)
}

// serveFrame tells the guard what to show in a frame that a script has made, by its URL: nothing if this
// visitor may have it.
func (h *Handler) serveFrame(w http.ResponseWriter, r *http.Request, v visit) error {
	var judge pageJudge
	judge.reset(h, &v, r)
	answer := struct {
		Document string `json:"document,omitempty"`
	}{}
	var u weburl.URL
	if u.Parse([]byte(r.URL.Query().Get("url")), nil) {
		if verdict := h.policy.URL(&u, judge.site, &v.decision); verdict.Blocked {
			judge.opaque = true // its own base may be any
			answer.Document = judge.placeholder(verdict, u.Host)
		}
	}
	return writeJSON(w, answer)
}

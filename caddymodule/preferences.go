package caddymodule

import (
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/caddy-consent/caddy-consent/caddymodule/ui"
	"github.com/caddy-consent/caddy-consent/consent"
)

// The page on which visitors choose, and where they go from it.

// servePreferences shows the form.
func (h *Handler) servePreferences(w http.ResponseWriter, r *http.Request, v visit) error {
	texts, lang, dir := h.textsFor(r)
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
	w.Header().Set("Referrer-Policy", "same-origin")
	return writePage(w, ui.Preferences, page, formPolicy)
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

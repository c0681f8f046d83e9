package caddymodule

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"go.uber.org/zap"

	"github.com/caddy-consent/caddy-consent/consent"
)

// What becomes of a visitor's choice.

// maxForm bounds the body of a post: a choice is a few words.
const maxForm = 16 << 10

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

// refusesOrigin refuses a post that another site's page makes a browser send.
func (h *Handler) refusesOrigin(w http.ResponseWriter, r *http.Request) bool {
	if !isForeign(r) {
		return false
	}
	h.logger.Info("refused a choice from another site", zap.String("origin", r.Header.Get("Origin")))
	http.Error(w, "choices are accepted from this site's own pages only", http.StatusForbidden)
	return true
}

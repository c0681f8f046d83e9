package caddymodule

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"time"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/caddy-consent/caddy-consent/caddymodule/ui"
	"github.com/caddy-consent/caddy-consent/consent"
)

// The cookie policy is written from the policy that is in force, so that what is
// published and what is enforced are the same list. It is the same for all visitors of one
// language.

// servesPolicy makes what answers with the policy in one form.
func servesPolicy(contentType string, write func(*ui.Policy, io.Writer) error) func(*Handler, http.ResponseWriter, *http.Request, visit) error {
	return func(h *Handler, w http.ResponseWriter, r *http.Request, v visit) error {
		var out bytes.Buffer
		if err := write(h.published(r, v.host), &out); err != nil {
			return caddyhttp.Error(http.StatusInternalServerError, err)
		}
		header := w.Header()
		header.Set("Cache-Control", "public, max-age=300")
		header.Set("Content-Type", contentType)
		addVary(header, "Accept-Language")
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(out.Bytes()))
		return nil
	}
}

// servePolicyHTML answers with a page, or with ?fragment with what stands in its
// middle, for a page of the site's.
func (h *Handler) servePolicyHTML(w http.ResponseWriter, r *http.Request, v visit) error {
	write := (*ui.Policy).WritePage
	if r.URL.Query().Has("fragment") {
		write = (*ui.Policy).WriteFragment
	} else {
		w.Header().Set("Content-Security-Policy", pagePolicy)
	}
	return servesPolicy("text/html; charset=utf-8", write)(h, w, r, v)
}

func writePolicyJSON(p *ui.Policy, w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "\t")
	return e.Encode(p)
}

// published is the policy as it is told to visitors of a host, in the language of textsFor.
func (h *Handler) published(r *http.Request, host string) *ui.Policy {
	texts, lang, dir := h.textsFor(r)
	p := &ui.Policy{
		Host: host, Texts: texts, Lang: lang, Dir: dir, OptOut: h.Unanswered == answerAllow,
		Assets: h.Banner.Path + "/", PrivacyPolicy: h.Banner.PrivacyPolicy, Changed: h.Banner.LastChanged,
		Revision: h.policy.Revision(), Version: h.policy.Hash(),
	}
	if h.asks() {
		p.Settings = h.Banner.Path + "/"
	}
	if h.policy.HasOwn() {
		p.Receipt = h.Banner.Path + "/receipt"
	}
	for _, c := range h.policy.Categories() {
		named, others := c.Named()
		told := ui.PolicyCategory{
			Name: c.Name, Required: c.Required, Cookies: c.Cookies,
			Vendors: publishedVendors(named, texts), Others: publishedVendors(others, texts),
		}
		told.Title, told.Description = inLanguage(&c, texts)
		p.Categories = append(p.Categories, told)
	}
	return p
}

// publishedVendors are vendors as they are told, with those texts.
func publishedVendors(vendors []consent.VendorInfo, texts ui.Texts) []ui.PolicyVendor {
	out := make([]ui.PolicyVendor, len(vendors))
	for i, v := range vendors {
		out[i] = ui.PolicyVendor{Texts: texts, ID: v.ID, Name: v.Name, Company: v.Company, Privacy: v.Privacy, LoadedFrom: v.URLs}
		for _, c := range v.Cookies {
			out[i].Cookies = append(out[i].Cookies, ui.PolicyCookie{Name: c.Name, Purpose: c.Purpose, Lifetime: c.Lifetime})
		}
	}
	return out
}

// checkDate checks when the policy was changed last, as the operator says.
func (h *Handler) checkDate() error {
	text := h.Banner.LastChanged
	if text == "" {
		return nil
	}
	if _, err := time.Parse(time.DateOnly, text); err != nil {
		return &consent.Error{Subject: "banner last_changed", Word: text, Problem: "want a day like 2026-11-25, not"}
	}
	return nil
}

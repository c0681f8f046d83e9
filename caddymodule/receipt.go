package caddymodule

import (
	"net/http"
	"time"

	"github.com/caddy-consent/caddy-consent/caddymodule/ui"
	"github.com/caddy-consent/caddy-consent/consent"
)

// serveReceipt shows visitors what their own cookie says.
func (h *Handler) serveReceipt(w http.ResponseWriter, r *http.Request, v visit) error {
	return writePage(w, ui.ReceiptPage, h.receipt(r, &v), pagePolicy)
}

// serveReceiptJSON is serveReceipt for programs.
func (h *Handler) serveReceiptJSON(w http.ResponseWriter, r *http.Request, v visit) error {
	return writeJSON(w, h.receipt(r, &v))
}

// hasOwn tells whether visitors' answers are in this module's own cookie.
func (h *Handler) hasOwn() bool { return h.policy.HasOwn() }

// receipt is what is known of a visitor's choice.
func (h *Handler) receipt(r *http.Request, v *visit) *ui.Receipt {
	d := &v.decision
	texts, lang, dir := h.textsFor(r)
	told := &ui.Receipt{
		Host: v.host, Texts: texts, Lang: lang, Dir: dir, Titles: map[string]string{},
		Assets: h.Banner.Path + "/", Answered: d.State == consent.Answered,
		Granted: h.policy.GrantedNames(d), Denied: h.policy.DeniedNames(d),
		Revision: h.policy.Revision(), Version: h.policy.Hash(),
	}
	if h.asks() {
		told.Settings = h.Banner.Path + "/"
	}
	for _, c := range h.policy.Categories() {
		told.Titles[c.Name], _ = inLanguage(&c, texts)
		if h.policy.DeniedBySignal(d, c.Name) {
			told.Signalled = append(told.Signalled, c.Name)
		}
	}
	if told.Answered && !d.At.IsZero() {
		told.At, told.How = d.At.UTC().Format(time.RFC3339), d.How.String()
		if cookie, err := r.Cookie(h.receiptCookie(v.secure)); err == nil && h.Records.Receipt && isRecordID(cookie.Value) {
			told.ID = cookie.Value
		}
	}
	return told
}

// isRecordID tells whether text looks like what record gives out.
func isRecordID(text string) bool {
	if len(text) != 26 {
		return false
	}
	for i := range len(text) {
		if c := text[i]; (c < 'A' || c > 'Z') && (c < '2' || c > '7') {
			return false
		}
	}
	return true
}

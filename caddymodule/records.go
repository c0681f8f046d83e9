package caddymodule

import (
	"crypto/rand"
	"net"
	"net/http"
	"net/netip"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"go.uber.org/zap"

	"github.com/caddy-consent/caddy-consent/consent"
)

// RecordsConfig is about the records of choices: one entry each in the log
// `http.handlers.consent.records`.
type RecordsConfig struct {
	// What of the visitor's address is recorded: `none`, or `truncated` to the
	// network (24 bits of IPv4, 48 of IPv6). Default: `none`.
	Address string `json:"address,omitempty"`
	// Visitors get the number of their record, for their receipt, in a cookie that goes
	// to the consent endpoint alone. Default: they do not.
	Receipt bool `json:"receipt,omitempty"`
}

// The words of its configuration.
const (
	addressNone      = "none"
	addressTruncated = "truncated"
)

var addressChoice = choice{"records address", []string{addressNone, addressTruncated}}

// record logs a choice under an id that is random. With it, on a visitor's receipt,
// whoever has to show that they consented finds the entry; whoever has the log
// cannot tell from it who that was.
func (h *Handler) record(w http.ResponseWriter, r *http.Request, v *visit, answer consent.Choice) {
	id := rand.Text()
	if h.Records.Receipt {
		http.SetCookie(w, &http.Cookie{
			Name:     h.receiptCookie(v.secure),
			Value:    id,
			Path:     h.escapedPath() + "/",
			MaxAge:   int(h.policy.MaxAge().Seconds()),
			Secure:   v.secure,
			HttpOnly: true,
			SameSite: http.SameSiteLaxMode,
		})
	}
	fields := []zap.Field{
		zap.String("id", id),
		zap.String("host", v.host),
		zap.Int("revision", h.policy.Revision()),
		zap.String("policy", h.policy.Hash()),
		zap.Stringer("how", answer.How),
		zap.Strings("granted", answer.Granted),
		zap.Strings("denied", answer.Denied),
	}
	if h.Records.Address == addressTruncated {
		fields = append(fields, zap.String("network", network(r)))
	}
	h.recordLog.Info("choice", fields...)
}

// receiptCookie is the name of the cookie with the id of the visitor's last choice.
// It is none of "__Host-": those go to all of a site.
func (h *Handler) receiptCookie(secure bool) string {
	name := h.policy.CookieName(false) + "-receipt"
	if secure {
		name = "__Secure-" + name
	}
	return name
}

// network is the network that a request comes from, "" if that cannot be told: what
// Caddy takes for the client's address, truncated.
func network(r *http.Request) string {
	text, _ := caddyhttp.GetVar(r.Context(), caddyhttp.ClientIPVarKey).(string)
	if text == "" {
		text, _, _ = net.SplitHostPort(r.RemoteAddr)
	}
	address, err := netip.ParseAddr(text)
	if err != nil {
		return ""
	}
	bits := 48
	if address = address.Unmap(); address.Is4() {
		bits = 24
	}
	prefix, err := address.WithZone("").Prefix(bits)
	if err != nil {
		return ""
	}
	return prefix.String()
}

package caddymodule

import (
	"errors"
	"io"
	"net/http"

	"go.uber.org/zap"

	"github.com/caddy-consent/caddy-consent/internal/charset"
	"github.com/caddy-consent/caddy-consent/internal/contentcoding"
	"github.com/caddy-consent/caddy-consent/internal/httpfield"
	"github.com/caddy-consent/caddy-consent/rewrite"
)

// The reasons why HTML cannot be inspected; they are metric labels.
const (
	reasonCoding    = "unknown content coding"
	reasonCharset   = "charset that cannot be read"
	reasonRange     = "part of a document"
	reasonDecoding  = "undecodable body"
	reasonTooLong   = "longer than the limit"
	reasonAmbiguous = "ambiguous markup"
	reasonMemory    = "not as remembered"
	reasonInside    = "error of a handler"
)

var reasons = []string{
	reasonCoding, reasonCharset, reasonRange, reasonDecoding, reasonTooLong, reasonAmbiguous, reasonMemory, reasonInside,
}

var (
	// errAborted answers writes after a body was given up.
	errAborted = errors.New("consent: response given up")
	// errLateCharset: characters were read as others before the document told.
	errLateCharset = errors.New("encoding declared after it mattered")
)

// uninspectable tells from the header why a page cannot be inspected, or "".
func uninspectable(h http.Header) string {
	// A part that begins at the beginning is a document that ends early; of no part (bytes */1000) the answer tells.
	if httpfield.IsLaterPart(first(h, "Content-Range")) {
		return reasonRange
	}
	if _, ok := contentCodings(h); !ok {
		return reasonCoding
	}
	if declaredEncoding(h) == charset.Replacement {
		return reasonCharset
	}
	return ""
}

// failureReason tells errors of inspecting a body from those of the
// connection.
func failureReason(err error) (reason string, ours bool) {
	switch {
	case err == nil:
	case errors.Is(err, errLateCharset):
		return reasonCharset, true
	case errors.Is(err, rewrite.ErrTagTooLong):
		return reasonTooLong, true
	case errors.Is(err, errNotRepeated):
		return reasonMemory, true
	case errors.As(err, new(*contentcoding.Error)), errors.Is(err, io.ErrUnexpectedEOF):
		return reasonDecoding, true
	}
	return "", false
}

// logUninspectable logs, once per response, why a page was not inspected.
func (h *Handler) logUninspectable(r *http.Request, reason string) {
	h.logger.Warn("cannot inspect page",
		zap.String("reason", reason),
		zap.String("host", r.Host),
		zap.String("path", r.URL.Path),
		zap.String("on_error", h.OnError))
}

package caddymodule

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"

	"go.uber.org/zap"
)

// The reasons why HTML cannot be inspected; they are metric labels.
const (
	reasonCoding    = "unknown content coding"
	reasonCharset   = "charset that is not ASCII-compatible"
	reasonRange     = "part of a document"
	reasonDecoding  = "undecodable body"
	reasonUTF16     = "UTF-16 byte order mark"
	reasonTooLong   = "longer than the limit"
	reasonAmbiguous = "ambiguous markup"
)

var (
	// errAborted answers writes after a body was given up.
	errAborted = errors.New("consent: response given up")
	errUTF16   = errors.New(reasonUTF16)
)

// uninspectable tells from the header why a page cannot be inspected, or "".
func uninspectable(status int, h http.Header) string {
	if status == http.StatusPartialContent || h.Get("Content-Range") != "" {
		return reasonRange
	}
	if _, ok := contentCodings(h); !ok {
		return reasonCoding
	}
	if _, params, err := mime.ParseMediaType(contentType(h)); err == nil && !asciiCompatible(params["charset"]) {
		return reasonCharset
	}
	return ""
}

// asciiCompatible tells whether the bytes of tags are those of ASCII in a
// charset. The others that browsers know are UTF-16 and ISO-2022-JP (Encoding
// standard, sections 4.2 and 12); UTF-7 and UTF-32 they read as something else.
func asciiCompatible(charset string) bool {
	switch strings.ToLower(strings.TrimSpace(charset)) {
	case "utf-16", "utf-16le", "utf-16be", "ucs-2", "iso-10646-ucs-2", "csunicode", "unicode",
		"unicodefeff", "unicodefffe", "iso-2022-jp", "csiso2022jp",
		// Labels of the replacement encoding, which shows nothing of the page.
		"hz-gb-2312", "csiso2022kr", "iso-2022-cn", "iso-2022-cn-ext", "iso-2022-kr", "replacement":
		return false
	}
	return true
}

// failureReason tells errors of inspecting a body from those of the
// connection.
func failureReason(err error) (reason string, ours bool) {
	switch {
	case errors.Is(err, errUTF16):
		return reasonUTF16, true
	case errors.As(err, new(*decodeError)), errors.Is(err, io.ErrUnexpectedEOF):
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

package caddymodule

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"github.com/caddy-consent/caddy-consent/consent"
	"github.com/caddy-consent/caddy-consent/consent/weburl"
)

// visit is what is known of one request's visitor.
type visit struct {
	decision consent.Decision
	// page is the decision by which pages are made: the visitor's, or with
	// shared pages that of somebody who grants nothing.
	page    consent.Decision
	parts   parts // of a page
	secure  bool
	host    string // of the request, lower case, without port
	uri     string // of the request, as the visitor sent it
	path    string // the path in uri, "/" if it has none
	now     time.Time
	purpose purpose
	// document tells that the answer may be one: wantsDocument.
	document bool
	// acceptEncoding is what the client accepts, as it said so.
	acceptEncoding []string
	// sent are the fields of the request that were changed; denied the names of the cookies that were
	// taken out of it.
	sent   []sentField
	denied []string
	// asked is the version of which the backend was asked whether it has changed.
	asked string
	// blocked tells that something was blocked in the page.
	blocked bool
	// unjudged are the reasons why something in it could not be judged: each is logged once.
	unjudged []string
	url      *weburl.URL // what pageURL has found
}

// visit reads the visitor's decision from the request.
func (h *Handler) visit(r *http.Request) visit {
	v := visit{secure: isSecure(r), host: consent.HostOf(r.Host), now: time.Now(), purpose: purposeOf(r), acceptEncoding: r.Header["Accept-Encoding"]}
	if v.document = v.purpose.wantsDocument(r); h.Pages == pagesShared {
		v.purpose = asAnything // a page for everybody is the same whoever asks
	}
	v.uri, v.path = requestURI(r)
	request := consent.Request{
		Cookies: r.Header["Cookie"],
		GPC:     hasValueOne(r.Header["Sec-Gpc"]),
		DNT:     hasValueOne(r.Header["Dnt"]),
		Host:    v.host,
		Secure:  v.secure,
		Now:     v.now,
	}
	if len(h.policy.SourceHeaders()) > 0 { // else it would be made for nothing
		request.Header = r.Header.Values
	}
	v.decision = h.policy.Decide(request)
	v.page = v.decision
	if h.Pages == pagesShared {
		v.page = h.policy.Nothing()
	}
	v.parts = h.partsOf(r, &v.page, v.purpose)
	return v
}

// scheme is that of the page's URL.
func (v *visit) scheme() string {
	if v.secure {
		return "https"
	}
	return "http"
}

// pageURL is the URL that a visitor's browser has asked for: what relative
// URLs in the response are relative to. Of a malformed one nothing is left. It
// is not for writing to.
func (v *visit) pageURL(r *http.Request) *weburl.URL {
	if v.url == nil {
		u := parsePageURL(v, r)
		v.url = &u
	}
	return v.url
}

func parsePageURL(v *visit, r *http.Request) weburl.URL {
	uri := v.uri
	if !strings.HasPrefix(uri, "/") {
		uri = "/"
	}
	var u weburl.URL // it is all that refers to the text, so it needs no copy
	if !u.Parse([]byte(v.scheme()+"://"+r.Host+uri), nil) {
		return weburl.URL{}
	}
	return u
}

// hasValueOne tells whether a signal is given: of several header lines one
// that is exactly "1" suffices (Global Privacy Control, "The Sec-GPC Header Field").
func hasValueOne(lines []string) bool {
	return slices.Contains(lines, "1")
}

// isSecure tells whether the visitor's connection is TLS, here or at a
// balancer that Caddy was told to trust.
func isSecure(r *http.Request) bool {
	if r.TLS != nil {
		return true
	}
	trusted, _ := caddyhttp.GetVar(r.Context(), caddyhttp.TrustedProxyVarKey).(bool)
	if !trusted {
		return false
	}
	// Where each hop adds its own, the first is what the visitor's connection was.
	proto, _, _ := strings.Cut(first(r.Header, "X-Forwarded-Proto"), ",")
	return strings.EqualFold(strings.TrimSpace(proto), "https")
}

// original is the request's URI and path as the visitor sent them. Directives
// that rewrite them stand before this one in Caddy's order.
func original(r *http.Request) (uri, path string) {
	uri, url := r.RequestURI, r.URL
	if o, ok := r.Context().Value(caddyhttp.OriginalRequestCtxKey).(http.Request); ok && o.URL != nil {
		uri, url = o.RequestURI, o.URL
	}
	if !strings.HasPrefix(uri, "/") && url.Host != "" {
		uri = url.RequestURI() // in absolute form (RFC 9112 section 3.2.2), or of a request that nobody sent
	}
	return uri, url.Path
}

// requestURI is the request's URI, and the path in it, as the visitor sent them.
func requestURI(r *http.Request) (uri, path string) {
	uri, _ = original(r)
	path, _, _ = strings.Cut(uri, "?")
	if !strings.HasPrefix(path, "/") {
		path = "/"
	}
	return uri, path
}

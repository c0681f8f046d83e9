package caddymodule

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"sync"

	"github.com/caddy-consent/caddy-consent/internal/contentcoding"
	"github.com/caddy-consent/caddy-consent/internal/httpfield"
)

// One URL has as many versions of a page as there are decisions, and each
// version needs validators of its own (RFC 9110 section 8.8), or a browser
// would be told "not modified" about a page that was made for another
// decision. So the entity tag of a document names the version: the backend's
// "abc" becomes "abc-cXXXXXXXX" on the way out, and "abc" again on the way in
// if it names the version that this visitor is to have. Weak tags are treated
// alike: versions are not equivalent. A date cannot name a version, so documents
// have none.

// settingsOf spells out the settings that pages depend on beside the policy, and the version of
// this module, which may rewrite otherwise.
func settingsOf(h *Handler) string {
	texts, _, _ := h.languages.Choose("", "") // of placeholders
	data, err := json.Marshal([]any{texts, h.Blocked, h.Pages, h.OnError, h.Limits, h.Banner.Path, h.Guard, h.ConsentMode, h.CSP, version()})
	if err != nil {
		panic(err) // plain data
	}
	return string(data)
}

// version is that of this module: which it says, if it was built from a released one or a clean checkout, or else a
// hash of the program, since whoever builds from a folder may have changed anything.
var version = sync.OnceValue(func() string {
	if info, ok := debug.ReadBuildInfo(); ok {
		if v := info.Main.Version; info.Main.Path == modulePath && v != "" && v != "(devel)" && !strings.HasSuffix(v, "+dirty") {
			return v
		}
		for _, dep := range info.Deps {
			if dep.Path == modulePath && dep.Replace == nil {
				return dep.Version + dep.Sum
			}
		}
	}
	hash := sha256.New()
	path, err := os.Executable()
	if err != nil {
		return ""
	}
	program, err := os.Open(path)
	if err != nil {
		return "" // as if it were always the same: an update may then need a reload of pages in browsers
	}
	_, _ = io.Copy(hash, program)
	_ = program.Close()
	return hex.EncodeToString(hash.Sum(nil))
})

const modulePath = "github.com/caddy-consent/caddy-consent"

// withoutCoding takes off the suffix by which Caddy's encode handler tells the
// coded representation of a resource from the plain one.
func withoutCoding(tag string) string {
	if at := strings.LastIndexByte(tag, '-'); at > 0 && strings.HasSuffix(tag, `"`) {
		if contentcoding.Known(tag[at+1 : len(tag)-1]) {
			return tag[:at] + `"`
		}
	}
	return tag
}

// conditional makes the preconditions of a request mean to the backend what
// they mean to the visitor. doc says that the request may be answered with a
// document: then no part of it is asked for. Unless bare says that it cannot be answered with
// any, a date and a tag that names no version, one from before there were any, mean nothing. Of the versions that are good for
// the request it returns the one of which a tag was passed on, so that the answer may
// be "not modified": one alone, since the answer does not tell. It is "" for none.
func conditional(h http.Header, doc, bare bool, good ...string) (asked string) {
	if lines := h["If-None-Match"]; len(lines) > 0 {
		tags := httpfield.Members(lines)
		kept := tags[:0]
		for _, tag := range tags {
			backend, of, ok := httpfield.CutVariant(tag)
			switch {
			case ok && slices.Contains(good, of) && (asked == "" || asked == of):
				asked = of
				kept = append(kept, backend)
			case !ok && bare:
				kept = append(kept, tag)
			}
		}
		httpfield.SetList(h, "If-None-Match", kept)
	}
	if lines := h["If-Match"]; len(lines) > 0 {
		// What is to be changed is the backend's resource, whatever its versions.
		tags := httpfield.Members(lines)
		for i := range tags {
			tag, _, ok := httpfield.CutVariant(tags[i])
			if !ok {
				// An encode handler outside has put the coding behind the tag.
				tag, _, ok = httpfield.CutVariant(withoutCoding(tags[i]))
			}
			if ok {
				tags[i] = tag
			}
		}
		httpfield.SetList(h, "If-Match", tags)
	}
	_, _, ofDocument := httpfield.CutVariant(first(h, "If-Range"))
	if doc || ofDocument {
		delete(h, "Range")
		delete(h, "If-Range")
	}
	if doc {
		delete(h, "If-Unmodified-Since")
	}
	if !bare {
		delete(h, "If-Modified-Since")
	}
	return asked
}

// nameVariant makes the validators of a document name its version. Their names are
// canonical: filterHeader has seen to it.
func nameVariant(h http.Header, variant string) {
	delete(h, "Last-Modified")
	tags := h["Etag"]
	switch {
	case len(tags) == 0:
	case !strings.HasSuffix(tags[0], `"`):
		delete(h, "Etag") // no entity tag, so it cannot name a version
	default:
		h["Etag"] = []string{httpfield.WithVariant(tags[0], variant)}
	}
}

// weaken makes the entity tag of a document weak: a compressor's bytes depend
// on when it was flushed.
func weaken(h http.Header) {
	if tags := h["Etag"]; len(tags) > 0 && !strings.HasPrefix(tags[0], "W/") {
		h["Etag"] = []string{"W/" + tags[0]}
	}
}

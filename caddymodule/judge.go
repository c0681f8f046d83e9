package caddymodule

import (
	"errors"
	"html/template"
	"net/http"
	"strings"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/caddy-consent/caddy-consent/consent"
	"github.com/caddy-consent/caddy-consent/consent/weburl"
	"github.com/caddy-consent/caddy-consent/rewrite"
)

// pageJudge answers the rewriter's questions about one page by asking the
// policy with the visitor's decision.
type pageJudge struct {
	h    *Handler
	r    *http.Request
	v    *visit
	site []byte     // the page's host
	base weburl.URL // what relative URLs in the page are relative to
	// page is the page's own URL; hasBase tells that a <base> has replaced it in base.
	page    weburl.URL
	hasBase bool
	url     weburl.URL // of the resource in question
}

var _ rewrite.Judge = (*pageJudge)(nil)

func (j *pageJudge) reset(h *Handler, v *visit, r *http.Request) {
	*j = pageJudge{h: h, r: r, v: v, site: []byte(v.host)}
	scheme := "http://"
	if v.secure {
		scheme = "https://"
	}
	// The request's URI as the visitor sent it, not what rewrites made of it.
	uri := r.RequestURI
	if !strings.HasPrefix(uri, "/") {
		uri = "/"
	}
	var u weburl.URL
	if u.Parse([]byte(scheme+r.Host+uri), nil) {
		j.page = u.Clone()
	}
	j.base = j.page
}

// Base implements rewrite.Judge. The first that a browser can use counts (HTML section 4.2.3).
func (j *pageJudge) Base(href []byte) {
	if j.hasBase {
		return
	}
	var u weburl.URL
	if u.Parse(href, &j.page) {
		j.base, j.hasBase = u.Clone(), true
	}
}

// Resource implements rewrite.Judge.
func (j *pageJudge) Resource(res *rewrite.Resource) rewrite.Verdict {
	if !j.url.Parse(res.URL, &j.base) {
		return rewrite.Verdict{}
	}
	v := j.h.policy.URL(&j.url, j.site, &j.v.decision)
	if !v.Blocked {
		return rewrite.Verdict{}
	}
	return j.block(res.Kind, v, j.url.Host)
}

// Inline implements rewrite.Judge.
func (j *pageJudge) Inline(script []byte) rewrite.Verdict {
	v := j.h.policy.Inline(script, j.site, &j.v.decision)
	if !v.Blocked {
		return rewrite.Verdict{}
	}
	out := j.block(rewrite.Script, v.Verdict, nil)
	out.Keep = v.Keep
	return out
}

// block counts a blocked element and says what becomes of it.
func (j *pageJudge) block(kind rewrite.Kind, v consent.Verdict, host []byte) rewrite.Verdict {
	j.h.metrics.element(v.Category, kind)
	if c := j.h.logger.Check(zapcore.DebugLevel, "blocked"); c != nil {
		c.Write(zap.String("vendor", v.Vendor), zap.String("category", v.Category),
			zap.Stringer("kind", kind), zap.ByteString("resource_host", host))
	}
	out := rewrite.Verdict{Action: j.h.Blocked.action(kind), Mark: v.Vendor}
	if out.Mark == "" {
		out.Mark = "unknown"
	}
	if out.Action == rewrite.Placeholder {
		name := v.VendorName
		if name == "" {
			name = string(host)
		}
		out.Document = placeholder(name, j.h.Banner.Path)
	}
	return out
}

// Unjudged implements rewrite.Judge.
func (j *pageJudge) Unjudged(kind rewrite.Kind, err error) rewrite.Verdict {
	reason := reasonTooLong
	if errors.Is(err, rewrite.ErrAmbiguous) {
		reason = reasonAmbiguous
	}
	j.h.metrics.failed(reason)
	j.h.logger.Warn("cannot inspect element",
		zap.Stringer("kind", kind), zap.Error(err),
		zap.String("host", j.r.Host), zap.String("path", j.r.URL.Path), zap.String("on_error", j.h.OnError))
	if j.h.OnError == onErrorPass {
		return rewrite.Verdict{}
	}
	return rewrite.Verdict{Action: j.h.Blocked.action(kind), Mark: "unjudged"}
}

// placeholder is the document that a blocked frame shows. It loads nothing
// and needs no script; the link opens the consent page in place of the whole site.
func placeholder(vendor, path string) string {
	name := template.HTMLEscapeString(vendor)
	return `<!doctype html><meta charset=utf-8><meta name=color-scheme content="light dark">` +
		`<title>` + name + `</title><style>body{margin:0;min-height:100vh;display:grid;place-content:center;` +
		`text-align:center;font:1rem/1.5 system-ui,sans-serif}</style>` +
		`<p>Content from ` + name + ` is not shown,<br>because you have not allowed it.` +
		`<p><a href="` + template.HTMLEscapeString(path) + `/" target="_top">Cookie settings</a>`
}

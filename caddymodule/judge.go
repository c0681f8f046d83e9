package caddymodule

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"go.uber.org/zap"

	"github.com/caddy-consent/caddy-consent/consent"
	"github.com/caddy-consent/caddy-consent/consent/weburl"
	"github.com/caddy-consent/caddy-consent/internal/charset"
	"github.com/caddy-consent/caddy-consent/rewrite"
)

// pageJudge answers the rewriter's questions about one page by asking the
// policy with the visitor's decision.
type pageJudge struct {
	h    *Handler
	r    *http.Request
	v    *visit
	site []byte // the page's host

	// page is the document's own URL. base is what its relative URLs are
	// relative to: page, unless a <base> says otherwise. Both are nil until
	// something has to be judged. others are further candidates, for browsers
	// that see a <base> where most do not.
	page, base *weburl.URL
	settled    bool // base is that of a <base> which all browsers see
	others     []weburl.URL
	opaque     bool // relative URLs mean nothing here
	guarded    bool // the guard sees to what the document's scripts do, and the stubs to what they tell

	charset   charset.Charset
	url       weburl.URL // of the resource in question
	recording *recording // of the page; nil for none
}

var _ rewrite.Remembering = (*pageJudge)(nil)

func (j *pageJudge) reset(h *Handler, v *visit, r *http.Request) {
	*j = pageJudge{h: h, r: r, v: v, site: []byte(v.host)}
}

func (j *pageJudge) pageURL() *weburl.URL {
	if j.page == nil {
		j.page = j.v.pageURL(j.r)
	}
	return j.page
}

func (j *pageJudge) baseURL() *weburl.URL {
	if j.base == nil {
		j.base = j.pageURL()
	}
	return j.base
}

// maxBases bounds the candidates for a document's base URL.
const maxBases = 8

// Base implements rewrite.Judge. The first whose URL a browser can use counts
// (HTML section 4.2.3).
func (j *pageJudge) Base(href []byte, certain bool) rewrite.Verdict {
	if j.settled {
		return rewrite.Verdict{}
	}
	var u weburl.URL
	if page := j.relativeTo(j.pageURL()); !u.Parse(href, page) && !u.Guess(href, page) {
		return rewrite.Verdict{}
	}
	if v := j.h.policy.URL(&u, j.site, &j.v.page); v.Blocked {
		return j.block(rewrite.Other, v, u.Host)
	}
	switch {
	case certain:
		u = u.Clone()
		j.base, j.settled = &u, true
	case len(j.others) == maxBases:
		return j.Unjudged(rewrite.Other, rewrite.ErrAmbiguous)
	default:
		j.others = append(j.others, u.Clone())
	}
	return rewrite.Verdict{}
}

// relativeTo is a base for parsing, nil in a document whose relative URLs
// mean nothing.
func (j *pageJudge) relativeTo(base *weburl.URL) *weburl.URL {
	if j.opaque && !j.settled {
		return nil
	}
	return base
}

// Charset implements rewrite.Judge.
func (j *pageJudge) Charset(label []byte) {
	j.charset.DeclareInMeta(label)
}

// Within implements rewrite.Judge.
func (j *pageJudge) Within(opaque bool) rewrite.Judge {
	inner := *j
	inner.guarded = false
	inner.page, inner.settled, inner.opaque = j.baseURL(), false, opaque || j.opaque && !j.settled
	inner.charset = charset.Decoded()
	return &inner
}

// Resource implements rewrite.Judge.
func (j *pageJudge) Resource(res *rewrite.Resource) rewrite.Verdict {
	var out rewrite.Verdict
	base := j.baseURL()
	for url := range j.charset.Readings(res.URL) {
		if out = j.judgeURL(res.Kind, url, base); out.Action != rewrite.Allow {
			return out
		}
		for i := range j.others {
			if out = j.judgeURL(res.Kind, url, &j.others[i]); out.Action != rewrite.Allow {
				return out
			}
		}
	}
	return out
}

func (j *pageJudge) judgeURL(kind rewrite.Kind, url []byte, base *weburl.URL) rewrite.Verdict {
	if base = j.relativeTo(base); !j.url.Parse(url, base) && !j.url.Guess(url, base) {
		return rewrite.Verdict{}
	}
	v := j.h.policy.Resource(&j.url, j.site, kinds[kind], &j.v.page)
	if !v.Blocked {
		j.h.noteUnknown(kind, v, j.url.Host, j.site, j.v.now)
		return rewrite.Verdict{}
	}
	return j.block(kind, v, j.url.Host)
}

// kinds are a page's kinds of resources as the policy has them. A hint is none: what it
// prepares may be of any.
var kinds = [...]consent.Kinds{
	rewrite.Script: consent.KindScript, rewrite.Frame: consent.KindFrame, rewrite.Image: consent.KindImage, rewrite.Style: consent.KindStyle,
	rewrite.Media: consent.KindMedia, rewrite.Object: consent.KindObject, rewrite.Hint: 0, rewrite.Other: consent.KindOther,
}

// Inline implements rewrite.Judge.
func (j *pageJudge) Inline(code rewrite.Code, script []byte) rewrite.Verdict {
	inline := j.h.policy.Inline
	switch {
	case code == rewrite.ScriptURL:
		inline = j.h.policy.InlineDocument
	case code == rewrite.Handler && j.h.Guard == settingOn: // which brings the stubs
		inline = j.h.policy.InlineHandler
	case code == rewrite.InlineScript && j.guarded:
		inline = j.h.policy.InlineGuarded
	}
	v := inline(script, j.site, &j.v.page)
	if !v.Blocked {
		return rewrite.Verdict{}
	}
	out := j.block(rewrite.Script, v.Verdict, nil)
	out.Keep = v.Keep
	out.Mark = strings.Join(v.Vendors, " ")
	return out
}

// Marks of what belongs to no vendor. No vendor may have them for an id.
const (
	markUnknown  = "unknown"  // under unknown { hosts block }
	markUnjudged = "unjudged" // it could not be inspected
)

// block counts a blocked element and says what becomes of it.
func (j *pageJudge) block(kind rewrite.Kind, v consent.Verdict, host []byte) rewrite.Verdict {
	j.v.blocked = true
	note := j.h.countBlocked(kind, v, host, j.v)
	j.recording.note(note)
	out := rewrite.Verdict{Action: j.h.Blocked.action(kind), Mark: v.Vendor}
	if j.h.memo != nil {
		out.Note = note
	}
	if out.Mark == "" {
		out.Mark = markUnknown
	}
	if out.Action == rewrite.Placeholder {
		out.Document = j.placeholder(v, host)
	}
	return out
}

// Again implements rewrite.Remembering.
func (j *pageJudge) Again(note any) {
	j.v.blocked = true
	n := note.(*blockedNote)
	n.count(j.h, j.v)
	j.recording.note(n)
}

// Unjudged implements rewrite.Judge.
func (j *pageJudge) Unjudged(kind rewrite.Kind, err error) rewrite.Verdict {
	j.v.blocked = true
	j.recording.spoil() // each time it is to be counted and logged
	reason := reasonTooLong
	if errors.Is(err, rewrite.ErrAmbiguous) {
		reason = reasonAmbiguous
	}
	j.h.metrics.failed(reason)
	if !slices.Contains(j.v.unjudged, reason) { // a hostile page has any number
		j.v.unjudged = append(j.v.unjudged, reason)
		j.h.logger.Warn("cannot inspect element",
			zap.Stringer("kind", kind), zap.Error(err),
			zap.String("host", j.r.Host), zap.String("path", j.r.URL.Path), zap.String("on_error", j.h.OnError))
	}
	if j.h.OnError == onErrorPass {
		return rewrite.Verdict{}
	}
	return rewrite.Verdict{Action: j.h.Blocked.action(kind), Mark: markUnjudged}
}

package caddymodule

import (
	"errors"
	"io"
	"strings"

	"github.com/caddy-consent/caddy-consent/consent/weburl"
	"github.com/caddy-consent/caddy-consent/rewrite"
)

// explainPage explains all that a page loads, in the order of the page.
func explainPage(page []byte, a *asker) []explained {
	j := &explainJudge{a: a, base: a.base(), out: &[]explained{}}
	r := rewrite.New(io.Discard, j, rewrite.Limits{})
	_, err := r.Write(page)
	if err = errors.Join(err, r.Close()); err != nil {
		*j.out = append(*j.out, explained{Kind: asPage, Verdict: "cannot be read to its end: " + err.Error(), Blocked: true, Rules: []origin{}})
	}
	return *j.out
}

// explainJudge writes down what a page asks for.
type explainJudge struct {
	a    *asker
	base weburl.URL
	done bool // base is that of a <base>
	out  *[]explained
}

func (j *explainJudge) Base(href []byte, certain bool) rewrite.Verdict {
	var u weburl.URL
	if certain && !j.done && u.Parse(href, &j.base) {
		j.base, j.done = u.Clone(), true
	}
	return rewrite.Verdict{}
}

func (j *explainJudge) Resource(r *rewrite.Resource) rewrite.Verdict {
	var u weburl.URL
	if u.Parse(r.URL, &j.base) || u.Guess(r.URL, &j.base) {
		e := j.a.resource(&u, kinds[r.Kind], r.Kind.String())
		e.Element = r.Element + " " + r.Attr
		*j.out = append(*j.out, e)
	}
	return rewrite.Verdict{}
}

func (j *explainJudge) Inline(code rewrite.Code, script []byte) rewrite.Verdict {
	inline := j.a.policy.Inline
	if code == rewrite.ScriptURL {
		inline = j.a.policy.InlineDocument
	}
	v := inline(script, []byte(j.a.site), &j.a.decision)
	e := explained{Kind: "inline script", Script: firstWords(script), Blocked: v.Blocked, Known: v.Known, Vendor: v.Vendor, Category: v.Category}
	rules := j.a.policy.ExplainInline(script)
	j.a.rules(&e, rules)
	switch {
	case v.Blocked:
		e.Verdict = "blocked: it needs " + strings.Join(v.Vendors, ", ")
	case v.Known:
		e.Verdict = "allowed: " + v.VendorName + " needs " + strings.Join(j.a.policy.VendorCategories(v.Vendor), ", ")
	default:
		e.Verdict = "allowed: no rule knows it"
	}
	if v.Known && len(rules) == 0 {
		e.Verdict += " (a URL in it)"
	}
	*j.out = append(*j.out, e)
	return rewrite.Verdict{}
}

// firstWords is how a script begins, in one line.
func firstWords(script []byte) string {
	const most = 60
	text := strings.Join(strings.Fields(strings.ToValidUTF8(string(script[:min(len(script), 4*most)]), "")), " ")
	if runes := []rune(text); len(runes) > most {
		text = string(runes[:most]) + "…"
	}
	return text
}

func (j *explainJudge) Unjudged(kind rewrite.Kind, err error) rewrite.Verdict {
	*j.out = append(*j.out, explained{Kind: kind.String(), Blocked: true, Verdict: "cannot be judged: " + err.Error(), Rules: []origin{}})
	return rewrite.Verdict{}
}

func (j *explainJudge) Charset([]byte) {}

func (j *explainJudge) Within(bool) rewrite.Judge {
	inner := *j
	inner.done = false
	return &inner
}

package rewrite_test

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/caddy-consent/caddy-consent/internal/oracle"
	"github.com/caddy-consent/caddy-consent/rewrite"
)

// pageURL is where every document of these tests is served.
const pageURL = "https://www.site.test/a/page.html"

// deniedTest denies denied.test and its subdomains. The judge and the oracle
// share a denial, and with it the reading of URLs, so that what they disagree
// about is the markup.
var deniedTest = oracle.DenyHost("denied.test")

// literalURL finds what looks like an absolute URL in a script or in JSON.
var literalURL = regexp.MustCompile(`(?i)(?:\\?/){2}((?:[a-z0-9-]+\.)+[a-z]{2,})`)

// thirdParties denies every host but the page's own.
var thirdParties = oracle.Denial{
	Host: thirdParty,
	Text: func(text string) bool {
		for _, m := range literalURL.FindAllStringSubmatch(text, -1) {
			if thirdParty(m[1]) {
				return true
			}
		}
		return false
	},
}

func thirdParty(host string) bool {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	return host != "" && host != "site.test" && !strings.HasSuffix(host, ".site.test")
}

// A suiteJudge blocks what contacts a denied host, and remembers what it was
// asked. It is the only implementation of rewrite.Judge in the tests that
// hold the rewriter against suites of others.
type suiteJudge struct {
	denial   oracle.Denial
	action   rewrite.Action
	unjudged rewrite.Action
	log      *questions

	// bases are what relative URLs may be relative to: the page, and every base
	// so far that is not blocked, because parser and preload scanner may
	// disagree about which one counts.
	bases []string
}

// questions are what a suiteJudge was asked, in the page and in the documents
// within it.
type questions struct {
	seen     []question
	scripts  []string // inline scripts, event handlers and the like
	problems []error  // of Unjudged
}

// A question is what Judge.Resource was asked.
type question struct{ element, attr, url string }

func newSuiteJudge(d oracle.Denial, action rewrite.Action) *suiteJudge {
	j := &suiteJudge{denial: d, action: action, log: new(questions), bases: []string{pageURL}}
	if action != rewrite.Allow {
		j.unjudged = rewrite.Remove
	}
	return j
}

func (j *suiteJudge) Base(href []byte, _ bool) rewrite.Verdict {
	j.log.seen = append(j.log.seen, question{"base", "href", string(href)})
	if v := j.verdict(j.denial.Contacts(j.bases[:1], string(href))); v.Action != rewrite.Allow {
		return v
	}
	if u := oracle.Resolve(j.bases[0], string(href)); u != nil {
		j.bases = append(slices.Clip(j.bases), u.Href(false))
	}
	return rewrite.Verdict{}
}

func (j *suiteJudge) Resource(r *rewrite.Resource) rewrite.Verdict {
	j.log.seen = append(j.log.seen, question{r.Element, r.Attr, string(r.URL)})
	return j.verdict(j.denial.Contacts(j.bases, string(r.URL)))
}

func (j *suiteJudge) Inline(_ rewrite.Code, script []byte) rewrite.Verdict {
	j.log.scripts = append(j.log.scripts, string(script))
	return j.verdict(j.denial.Text(string(script)))
}

func (j *suiteJudge) Unjudged(_ rewrite.Kind, err error) rewrite.Verdict {
	j.log.problems = append(j.log.problems, err)
	return rewrite.Verdict{Action: j.unjudged, Mark: "suite"}
}

func (j *suiteJudge) Charset([]byte) {}

func (j *suiteJudge) Within(opaque bool) rewrite.Judge {
	in := *j
	if opaque {
		in.bases = []string{""}
	}
	return &in
}

func (j *suiteJudge) verdict(blocked bool) rewrite.Verdict {
	if !blocked {
		return rewrite.Verdict{}
	}
	return rewrite.Verdict{Action: j.action, Mark: "suite", Document: "<p>blocked</p>"}
}

// rewriteWith gives a document to a rewriter in one piece.
func rewriteWith(tb testing.TB, j rewrite.Judge, doc string) string {
	tb.Helper()
	var out bytes.Buffer
	r := rewrite.New(&out, j, rewrite.Limits{})
	if n, err := r.Write([]byte(doc)); n != len(doc) || err != nil {
		tb.Fatalf("Write of %d bytes: got %d, %v", len(doc), n, err)
	}
	if err := r.Close(); err != nil {
		tb.Fatalf("Close: %v", err)
	}
	return out.String()
}

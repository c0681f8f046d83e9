package rewrite_test

import (
	"strings"
	"testing"

	"github.com/caddy-consent/caddy-consent/rewrite"
)

const leaderTag = `<script src=/guard.js></script>`

// lead rewrites doc with a leader, written in pieces of n bytes.
func lead(t *testing.T, doc string, n int, document bool) string {
	t.Helper()
	var out strings.Builder
	r := rewrite.New(&out, newSuiteJudge(deniedTest, rewrite.Hold), rewrite.Limits{})
	r.SetLeader(leaderTag, document)
	for from := 0; from < len(doc); from += n {
		if _, err := r.Write([]byte(doc[from:min(len(doc), from+n)])); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// "|" is where the leader must stand; without one it must not.
func TestTheLeaderStandsBeforeWhatRuns(t *testing.T) {
	for _, c := range []struct {
		what, doc string
		document  bool
	}{
		{"behind the encoding and the title", `<!doctype html><html lang=en><head><meta charset=utf-8><title>a<script>b</title>|<script src=/a.js></script></head><body>x</body></html>`, false},
		{"before base", `<!doctype html><meta charset=utf-8>|<base href=/a/><script src=b.js></script>`, false},
		{"before a policy that would stop it", `<!doctype html><head><meta charset=utf-8><meta http-equiv=X-UA-Compatible content="IE=edge">|<meta content="script-src 'none'" HTTP-EQUIV=Content-Security&#45;Policy><title>a</title>`, false},
		{"before a script without a head", `<!doctype html>|<script src=/a.js></script><p>x`, false},
		{"before an inline script that is judged", `<html>|<script>var a = 1</script>`, false},
		{"before a body with handlers", `<html><head></head>|<body onload="x()">y`, false},
		{"behind a comment that has tags", `<!doctype html><!-- <script> -->|<link rel=stylesheet href=/a.css>`, false},
		{"before what is taken", `<!doctype html>|<script type="text/plain" data-consent="denied" data-consent-src="//denied.test/"></script>`, false},
		{"at the end of a page of text", `<!doctype html><title>a</title>Hello|`, false},
		{"before a svg element", `<html>|<svg><script>1</script></svg>`, false},
		{"not in a fragment", `<div><script src=/a.js></script></div>`, false},
		{"not in a fragment that has a head behind its beginning", `<div></div><html><head><script></script>`, false},
		{"in what is known to be a document", `|<div><script src=/a.js></script></div>`, true},
		{"at the end of a document that is only described", `<meta charset=utf-8>text|`, true},
		{"not behind text, such as JSON, without any element", `{"a": "b < c"}`, true},
		{"behind a meta that is alone", `<html><meta name=a>|`, false},
		{"never in a page that ends in a tag", `<html><meta name=a`, false},
		{"never in a page that ends in a title", `<html><title>a`, false},
	} {
		t.Run(c.what, func(t *testing.T) {
			in := strings.ReplaceAll(c.doc, "|", "")
			in = strings.ReplaceAll(in, ` type="text/plain" data-consent="denied" data-consent-src=`, ` src=`)
			want := strings.ReplaceAll(c.doc, "|", leaderTag)
			for n := 1; n <= len(in); n++ {
				got := lead(t, in, n, c.document)
				if i := strings.Index(want, `<script type="text/plain"`); i >= 0 {
					if j := strings.Index(got, leaderTag); j < 0 || j+len(leaderTag) != i {
						t.Fatalf("in pieces of %d: got %s", n, got)
					}
				} else if got != want {
					t.Fatalf("in pieces of %d:\n got %s\nwant %s", n, got, want)
				}
			}
		})
	}
}

// What is known to be clean gets the leader and is not looked at again.
func TestACleanPageOnlyGetsTheLeader(t *testing.T) {
	const head = `<!doctype html><html><head><meta charset=utf-8>`
	for in, want := range map[string]string{
		head + `<img src=//denied.test/></head>`: head + leaderTag + `<img src=//denied.test/></head>`,
		`<div><img src=//denied.test/></div>`:    `<div><img src=//denied.test/></div>`,
	} {
		for n := 1; n <= len(in); n++ {
			var out strings.Builder
			r := rewrite.New(&out, newSuiteJudge(deniedTest, rewrite.Hold), rewrite.Limits{})
			r.SetLeader(leaderTag, false)
			r.SetClean()
			for from := 0; from < len(in); from += n {
				_, _ = r.Write([]byte(in[from:min(len(in), from+n)]))
			}
			if more, ok := r.Passes(); !ok || more != len(want)-len(in) {
				t.Errorf("%d bytes more, %v", more, ok)
			}
			if err := r.Close(); err != nil || out.String() != want {
				t.Fatalf("in pieces of %d: %s, %v", n, out.String(), err)
			}
		}
	}
}

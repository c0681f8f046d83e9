package caddymodule_test

// How other handlers of Caddy learn of the decision: by the matcher and by
// placeholders.

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// severalCategories is policy with one more category to ask for.
const severalCategories = policy + `
		category social`

func TestTheMatcherAsksForTheDecision(t *testing.T) {
	s := serve(t, nil, `
	@analytics consent analytics
	@both consent analytics social
	@sum {
		consent analytics
		consent social
	}
	@none not consent analytics
	@essential consent essential
	@missing consent performance
	@among consent analytics performance
	@path {
		path /path
		consent analytics
	}
	consent {`+severalCategories+`
	}
	handle /a {
		respond @analytics granted
		respond denied
	}
	handle /b {
		respond @both granted
		respond denied
	}
	handle /sum {
		respond @sum granted
		respond denied
	}
	handle /n {
		respond @none denied
		respond granted
	}
	handle /e {
		respond @essential granted
		respond denied
	}
	handle /missing {
		respond @missing granted
		respond denied
	}
	handle /among {
		respond @among granted
		respond denied
	}
	handle /path {
		respond @path granted
		respond denied
	}`)
	both, social := ownCookie("analytics~social", ""), ownCookie("social", "analytics")
	for _, test := range []struct {
		name, path string
		granted    []string // the cookies with which it matches
	}{
		{"one category", "/a", []string{granted, both}},
		{"several categories, all of which must be granted", "/b", []string{both}},
		{"several matchers in a set", "/sum", []string{both}},
		{"the contrary", "/n", []string{granted, both}},
		{"what is always granted", "/e", []string{granted, both, social, denied, "a=b"}},
		{"a category that does not exist", "/missing", nil},
		{"one that does not exist among others", "/among", nil},
		{"with another matcher", "/path", []string{granted, both}},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, cookie := range []string{granted, both, social, denied, "a=b", "consent=x"} {
				want := "denied"
				if slices.Contains(test.granted, cookie) || test.path == "/e" {
					want = "granted"
				}
				a := s.get(t, test.path, "Cookie: "+cookie)
				if a.body != want {
					t.Errorf("%s: %q, want %q", cookie, a.body, want)
				}
				if vary := a.Header.Get("Vary"); !strings.Contains(vary, "Cookie") {
					t.Errorf("%s: what depends on a matcher has Vary: %q", cookie, vary)
				}
			}
		})
	}
}

// Where no consent handler has been, nobody has granted anything.
func TestTheMatcherNeverMatchesWithoutADecision(t *testing.T) {
	const outcome = "respond @stats granted\nrespond denied"
	for name, directives := range map[string]string{
		"no handler at all":            "@stats consent analytics\n" + outcome,
		"a handler for other requests": "@stats consent analytics\nconsent /elsewhere {" + policy + "\n}\n" + outcome,
		"a handler that is off":        "@stats consent analytics\nconsent {\nmode off\n" + policy + "\n}\n" + outcome,
		"a handler that comes later":   "@stats consent analytics\nroute {\n" + outcome + "\nconsent {" + policy + "\n}\n}",
		"always granted elsewhere":     "@stats consent essential\n" + outcome,
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, nil, directives)
			for _, cookie := range []string{granted, denied, "a=b"} {
				if a := s.get(t, "/", "Cookie: "+cookie); a.body != "denied" {
					t.Errorf("%s: %v %q", cookie, a.Response, a.body)
				}
			}
		})
	}
	t.Run("a directive that comes before", func(t *testing.T) {
		s := serve(t, nil, "@stats consent analytics\nredir @stats /granted\nconsent {"+policy+"\n}\nrespond denied")
		if a := s.get(t, "/", "Cookie: "+granted); a.body != "denied" {
			t.Errorf("%v %q", a.Response, a.body)
		}
	})
	t.Run("error routes, of which the failed route's handler does not know", func(t *testing.T) {
		s := serve(t, nil, "@stats consent analytics\nconsent {"+policy+"\n}\nerror 500\nhandle_errors {\n"+outcome+"\n}")
		if a := s.get(t, "/", "Cookie: "+granted); a.body != "denied" {
			t.Errorf("%v %q", a.Response, a.body)
		}
	})
}

// Placeholders are of the request, not of the configuration.
func TestPlaceholdersTellTheDecision(t *testing.T) {
	dir := filepath.ToSlash(t.TempDir())
	if err := os.WriteFile(dir+"/t.html", []byte(`{{placeholder "http.consent.state"}} {{placeholder "http.consent.granted"}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	const all = "{http.consent.state}|{http.consent.source}|{http.consent.granted}|{http.consent.essential}|{http.consent.analytics}|{http.consent.social}"
	s := serve(t, nil, fmt.Sprintf(`
	header >X-Deferred "%[1]s"
	header X-Early "{http.consent.state}"
	consent {`+severalCategories+`
	}
	@yes expression `+"`{http.consent.analytics} == true`"+`
	route /inside {
		vars seen {http.consent.analytics}
		header X-Inside "{http.consent.granted}"
		respond "{vars.seen} {http.consent.nonsense}"
	}
	handle /cel {
		respond @yes granted
		respond denied
	}
	handle /t.html {
		templates
		root %[2]s
		file_server
	}
	respond "%[1]s"`, all, dir))
	for _, test := range []struct{ name, cookie, want, granted string }{
		{"no answer", "a=b", "unanswered||essential|true|false|false", "essential"},
		{"an answer that does not count", "consent=x", "unanswered|own|essential|true|false|false", "essential"},
		{"a no", denied, "answered|own|essential|true|false|false", "essential"},
		{"a yes", granted, "answered|own|essential,analytics|true|true|false", "essential,analytics"},
		{"another yes", ownCookie("social", ""), "answered|own|essential,social|true|false|true", "essential,social"},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := s.get(t, "/", "Cookie: "+test.cookie)
			if a.body != test.want {
				t.Errorf("respond: %q, want %q", a.body, test.want)
			}
			if got := a.Header.Get("X-Deferred"); got != test.want {
				t.Errorf("a header that is set late: %q, want %q", got, test.want)
			}
			if got := a.Header.Get("X-Early"); got != "{http.consent.state}" {
				t.Errorf("a header that is set before: %q", got)
			}
			yes := fmt.Sprint(strings.Contains(test.granted, "analytics"))
			a = s.get(t, "/inside", "Cookie: "+test.cookie)
			if got, header := a.body, a.Header.Get("X-Inside"); got != yes+" {http.consent.nonsense}" || header != test.granted {
				t.Errorf("inside: %q and %q, want %q and %q", got, header, yes, test.granted)
			}
			want := map[string]string{"true": "granted", "false": "denied"}[yes]
			if a = s.get(t, "/cel", "Cookie: "+test.cookie); a.body != want {
				t.Errorf("an expression: %q, want %q", a.body, want)
			}
			state, _, _ := strings.Cut(test.want, "|")
			if a = s.get(t, "/t.html", "Cookie: "+test.cookie); a.body != state+" "+test.granted {
				t.Errorf("a template: %q, want %q", a.body, state+" "+test.granted)
			}
		})
	}
}

// The words that placeholders need are no categories.
func TestNoCategoryHasTheNameOfAPlaceholder(t *testing.T) {
	for _, word := range []string{"state", "source", "granted"} {
		_, err := adapt(":80 {\n\tconsent {\n\t\tcategory analytics\n\t\tcategory " + word + "\n\t}\n}\n")
		if want := fmt.Sprintf(`category %q: placeholders need this word; a category must not be named %q, at Caddyfile:4`, word, word); err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Errorf("%s: %v", word, err)
		}
		_, err = provision(t, fmt.Appendf(nil, `{"categories": [{"name": %q}]}`, word))
		if err == nil || !strings.Contains(err.Error(), "placeholders need this word") {
			t.Errorf("%s in JSON: %v", word, err)
		}
	}
}

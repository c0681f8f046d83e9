package caddymodule_test

import (
	"html"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// placeholderOf asks for a page with one frame, and returns the document in its place.
func placeholderOf(t *testing.T, s *site, headers ...string) (document string, a answer) {
	t.Helper()
	a = s.get(t, "/", append(headers, "Accept: text/html")...)
	_, rest, _ := strings.Cut(a.body, `srcdoc="`)
	document, _, _ = strings.Cut(rest, `"`)
	return html.UnescapeString(document), a
}

func TestAPlaceholderTellsWhatIsKnown(t *testing.T) {
	list := filepath.Join(t.TempDir(), "list.txt")
	if err := os.WriteFile(list, []byte("0.0.0.0 listed.test\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	const films = placeholderSettings
	for _, c := range []struct {
		name, settings, src string
		want, not           []string
	}{
		{
			"a vendor", films, "//player.video.test/a",
			[]string{"Content from Films is", "a service of Films &amp; Co.", "contacts player.video.test.", `href="https://films.test/privacy"`, `data-categories="social"`, `data-offers="once"`, `href="/.consent/"`},
			nil,
		},
		{"a vendor of two categories", films + "vendor both {\ncategory analytics social\nurls both.test\n}\n", "//both.test/", []string{`data-categories="analytics social"`}, []string{"a service of", "rivacy"}},
		{"an unknown host", films + "unknown {\nhosts block\n}\n", "//some.test/", []string{"Content from some.test is", `data-categories=""`, `data-offers="once"`}, nil},
		{"a list's", films + "catalog {\nlist " + list + " analytics\n}\n", "//listed.test/", []string{"Content from listed.test is", `data-categories="analytics"`}, []string{"list.txt"}},
		{"under the net", "csp enforce\n" + films, "//video.test/", []string{`data-offers=" reload"`}, nil},
		{"this site's own", films + "vendor own {\ncategory social\nurls /film/*\n}\n", "/film/1", []string{`data-offers=""`, `data-categories="social"`}, nil},
		{"where another manager asks", "source onetrust\n" + films, "//video.test/", []string{`data-offers="once"`}, []string{"Cookie settings"}},
		{"in a document without an address", films, `data:text/html,<iframe src=http://video.test/></iframe>`, []string{`href="http://127.0.0.1:`, "Films"}, []string{`href="/.consent/"`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := serve(t, page(`<!doctype html><iframe src="`+c.src+`"></iframe>`), "consent {\nguard off\n"+c.settings+"}\nreverse_proxy {upstream}")
			document, a := placeholderOf(t, s)
			for _, want := range c.want {
				if !strings.Contains(document, want) {
					t.Errorf("no %s in %s", want, a.body)
				}
			}
			for _, not := range c.not {
				if strings.Contains(document, not) {
					t.Errorf("%s in %s", not, a.body)
				}
			}
		})
	}
}

// The document is the same for visitors of all languages, so that there are no more versions
// of a page than there are decisions; and a site's own words for it make another version.
func TestAPlaceholderMakesNoVersions(t *testing.T) {
	upstream := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("ETag", `"a"`)
		page(`<!doctype html><iframe src="//video.test/"></iframe>`).ServeHTTP(w, r)
	})
	s := serve(t, upstream, "consent {\nguard off\n"+placeholderSettings+"}\nreverse_proxy {upstream}")
	document, english := placeholderOf(t, s, "Accept-Language: en")
	german, a := placeholderOf(t, s, "Accept-Language: de")
	if document == "" || document != german || a.Header.Get("ETag") != english.Header.Get("ETag") || strings.Contains(a.Header.Get("Vary"), "Accept-Language") {
		t.Errorf("%s %s, %v", document, german, a.Header)
	}
	for _, c := range []struct{ lang, accept, want string }{{"", "de", "Einmal laden"}, {"fr", "de", "Charger une fois"}, {"", "", "Load once"}} {
		if a := s.get(t, "/.consent/placeholder.json?lang="+c.lang, "Accept-Language: "+c.accept); !strings.Contains(a.body, c.want) || a.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%v: %v %.300s", c, a.Header, a.body)
		}
	}
	for _, name := range []string{"css", "js"} {
		if a := s.get(t, "/.consent/placeholder."+name); a.StatusCode != 200 || a.Header.Get("Cache-Control") != "public, max-age=3600" {
			t.Errorf("%s: %v", name, a.Response)
		}
	}

	texts := filepath.Join(t.TempDir(), "texts.json")
	if err := os.WriteFile(texts, []byte(`{"en": {"placeholder": "No {vendor}."}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	s = serve(t, upstream, "consent {\nguard off\n"+strings.Replace(placeholderSettings, "banner off", "banner {\noff\ntexts "+texts+"\n}", 1)+"}\nreverse_proxy {upstream}")
	changed, a := placeholderOf(t, s)
	if !strings.Contains(changed, "No Films.") || a.Header.Get("ETag") == english.Header.Get("ETag") {
		t.Errorf("%s, %v", changed, a.Header)
	}
}

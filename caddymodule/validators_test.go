package caddymodule_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// longAgo is when the origin's resources were last modified.
var longAgo = time.Date(2020, time.May, 1, 12, 0, 0, 0, time.UTC)

// origin serves resources as RFC 9110 asks for: with validators,
// preconditions, ranges and HEAD.
func origin() http.Handler {
	const image = "\x89PNG\r\n\x1a\n0123456789"
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		serve := func(contentType, tag, body string) {
			w.Header().Set("Content-Type", contentType)
			w.Header().Set("Cache-Control", "public, max-age=60")
			modified := longAgo
			switch tag {
			case "":
			case "none":
				modified = time.Time{}
			default:
				w.Header().Set("ETag", tag)
			}
			if r.Method == http.MethodPut { // what http.ServeContent knows nothing of
				w.Header().Set("X-If-Match", strings.Join(r.Header["If-Match"], ", "))
				w.Header().Set("X-If-Unmodified-Since", r.Header.Get("If-Unmodified-Since"))
				w.WriteHeader(http.StatusNoContent)
				return
			}
			http.ServeContent(w, r, "", modified, strings.NewReader(body))
		}
		switch r.URL.Path {
		case "/strong":
			serve("text/html; charset=utf-8", `"p1"`, original)
		case "/weak":
			serve("text/html", `W/"p1"`, original)
		case "/comma":
			serve("text/html", `"a,b-c,"`, original)
		case "/named": // as if it named a version
			serve("text/html", `"build-c0ffee1234"`, original)
		case "/dated":
			serve("text/html", "", original)
		case "/bare":
			serve("text/html", "none", original)
		case "/clean": // there is nothing to take from it
			serve("text/html", `"c1"`, "<!doctype html>"+filler)
		case "/image":
			serve("image/png", `"i1"`, image)
		case "/data":
			serve("application/json", `W/"d1"`, `{"a": 1}`)
		}
	})
}

const (
	asDocument = "Accept: text/html,application/xhtml+xml;q=0.9,*/*;q=0.8\nSec-Fetch-Dest: document\n"
	asScript   = "Accept: */*\nSec-Fetch-Dest: empty\n"
	asImage    = "Accept: image/png,*/*;q=0.8\nSec-Fetch-Dest: image\n"
	dated      = "Fri, 01 May 2020 12:00:00 GMT"
)

// revalidations are requests for what a client has stored. In them, {mine} is
// the tag that this visitor was given, as a script if one asks, {other} that which a
// visitor of the opposite choice was given, and {shown} that of the document.
var revalidations = []struct {
	name, method, path string
	headers            string
	status             int
	whole              bool   // a 200 has the whole body that this visitor is to have
	tag                string // expected, "-" for none, "" for what GET without conditions has
}{
	{"a page, the first time", "GET", "/strong", asDocument, 200, true, ""},
	{"its header", "HEAD", "/strong", asDocument, 200, false, ""},
	{"the same page", "GET", "/strong", asDocument + "If-None-Match: {mine}", 304, false, ""},
	{"the same header", "HEAD", "/strong", asDocument + "If-None-Match: {mine}", 304, false, ""},
	{"the page of another decision", "GET", "/strong", asDocument + "If-None-Match: {other}", 200, true, ""},
	{"the header of another decision", "HEAD", "/strong", asDocument + "If-None-Match: {other}", 200, false, ""},
	{"a page from before there were decisions", "GET", "/strong", asDocument + `If-None-Match: "p1"`, 200, true, ""},
	{"the same, weakly", "GET", "/strong", asDocument + "If-None-Match: W/{mine}", 304, false, ""},
	{"several, one of them the same", "GET", "/strong", asDocument + `If-None-Match: "x", {other}, {mine}, "p1"`, 304, false, ""},
	{"several, in several lines", "GET", "/strong", asDocument + "If-None-Match: \"x\"\nIf-None-Match: {other},{mine}", 304, false, ""},
	{"several, none of them the same", "GET", "/strong", asDocument + `If-None-Match: "x", {other}, "p1"`, 200, true, ""},
	{"any at all", "GET", "/strong", asDocument + "If-None-Match: *", 200, true, ""},
	{"another page of the same decision", "GET", "/clean", asDocument + `If-None-Match: {mine /strong}`, 200, true, ""},
	{"a tag without quotes", "GET", "/strong", asDocument + "If-None-Match: p1", 200, true, ""},
	{"a date", "GET", "/strong", asDocument + "If-Modified-Since: " + dated, 200, true, ""},
	{"the same, and a date", "GET", "/strong", asDocument + "If-None-Match: {mine}\nIf-Modified-Since: " + dated, 304, false, ""},
	{"another decision's, and a date", "GET", "/strong", asDocument + "If-None-Match: {other}\nIf-Modified-Since: " + dated, 200, true, ""},
	{"unless it was changed since a date", "GET", "/strong", asDocument + "If-Unmodified-Since: Mon, 02 Jan 2006 15:04:05 GMT", 200, true, ""},
	{"if it is another page", "GET", "/strong", asDocument + `If-Match: "x"`, 412, false, ""},
	{"a part", "GET", "/strong", asDocument + "Range: bytes=0-3", 200, true, ""},
	{"a part of the same", "GET", "/strong", asDocument + "Range: bytes=0-3\nIf-Range: {mine}", 200, true, ""},
	{"a part of the same, asked for by a script", "GET", "/strong", "Range: bytes=0-3\nIf-Range: {mine}", 200, true, ""},
	{"a part of another decision's, asked for by a script", "GET", "/strong", "Range: bytes=0-3\nIf-Range: {other}", 200, true, ""},
	{"the same, asked for by a script", "GET", "/strong", asScript + "If-None-Match: {mine}", 304, false, ""},
	{"the document, asked for by a script", "GET", "/strong", asScript + "If-None-Match: {shown}", 200, true, ""},
	{"another decision's, asked for by a script", "GET", "/strong", asScript + "If-None-Match: {other}", 200, true, ""},
	{"the same, asked for without a word", "GET", "/strong", "If-None-Match: {mine}", 304, false, ""},
	{"another decision's, asked for without a word", "GET", "/strong", "If-None-Match: {other}", 200, true, ""},

	{"a weak tag", "GET", "/weak", asDocument, 200, true, ""},
	{"the same by a weak tag", "GET", "/weak", asDocument + "If-None-Match: {mine}", 304, false, ""},
	{"another decision's by a weak tag", "GET", "/weak", asDocument + "If-None-Match: {other}", 200, true, ""},
	{"a weak tag from before", "GET", "/weak", asDocument + `If-None-Match: W/"p1"`, 200, true, ""},
	{"commas in the tag", "GET", "/comma", asDocument + "If-None-Match: {mine}", 304, false, ""},
	{"commas in another decision's tag", "GET", "/comma", asDocument + `If-None-Match: "a,b", {other}`, 200, true, ""},
	{"a tag that looks as if it named a decision", "GET", "/named", asDocument + "If-None-Match: {mine}", 304, false, ""},
	{"such a tag from before", "GET", "/named", asDocument + `If-None-Match: "build-c0ffee1234"`, 200, true, ""},
	{"such a tag of another decision", "GET", "/named", asDocument + "If-None-Match: {other}", 200, true, ""},
	{"a page with a date alone", "GET", "/dated", asDocument + "If-Modified-Since: " + dated, 200, true, "-"},
	{"a page without validators", "GET", "/bare", asDocument + `If-None-Match: "x"`, 200, true, "-"},
	{"a page from which nothing is taken", "GET", "/clean", asDocument + "If-None-Match: {mine}", 304, false, ""},
	{"such a page of another decision", "GET", "/clean", asDocument + "If-None-Match: {other}", 200, true, ""},

	{"an image", "GET", "/image", asImage, 200, true, `"i1"`},
	{"the same image", "GET", "/image", asImage + `If-None-Match: "i1"`, 304, false, `"i1"`},
	{"any image", "GET", "/image", asImage + "If-None-Match: *", 304, false, `"i1"`},
	{"an image since a date", "GET", "/image", asImage + "If-Modified-Since: " + dated, 304, false, `"i1"`},
	{"another image", "GET", "/image", asImage + `If-None-Match: "i2", "i3"`, 200, true, `"i1"`},
	{"a part of an image", "GET", "/image", asImage + "Range: bytes=1-3", 206, false, `"i1"`},
	{"a part of the same image", "GET", "/image", asImage + "Range: bytes=1-3\nIf-Range: \"i1\"", 206, false, `"i1"`},
	{"a part of another image", "GET", "/image", asImage + "Range: bytes=1-3\nIf-Range: \"i2\"", 200, true, `"i1"`},
	{"a part of an image since a date", "GET", "/image", asImage + "Range: bytes=1-3\nIf-Range: " + dated, 206, false, `"i1"`},
	{"a part that is not there", "GET", "/image", asImage + "Range: bytes=99-", 416, false, `"i1"`},
	{"the header of an image", "HEAD", "/image", asImage, 200, false, `"i1"`},
	{"the same header of an image", "HEAD", "/image", asImage + `If-None-Match: "i1"`, 304, false, `"i1"`},
	{"data", "GET", "/data", `If-None-Match: W/"d1"`, 304, false, `W/"d1"`},
}

// lines are the headers of a revalidation, one each.
func lines(text string, replace func(string) string) (all []string) {
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		if line != "" {
			all = append(all, replace(line))
		}
	}
	return all
}

// One table for all layers: what a visitor stores is named by their decision,
// and no other decision is ever told that it has not changed.
func TestValidatorsNameTheDecision(t *testing.T) {
	everyWay(t, proxied, func(t *testing.T, w way, directives string) {
		s := w.start(t, origin(), directives)
		visitors := map[string]string{"granted": w.own(granted), "denied": w.own(denied), "nobody": "a=b"}
		opposite := map[string]string{"granted": "denied", "denied": "granted", "nobody": "granted"}
		encoding := "Accept-Encoding: gzip"
		first := func(who, path, as string) answer {
			t.Helper()
			a := s.get(t, path, append(lines(as, strings.Clone), "Cookie: "+visitors[who], encoding)...)
			if a.err != nil || a.StatusCode != http.StatusOK {
				t.Fatalf("%s for %s: %v, %v", path, who, a.Response, a.err)
			}
			return a
		}
		for _, test := range revalidations {
			for who, cookie := range visitors {
				t.Run(test.name+", "+who, func(t *testing.T) {
					as := asDocument
					if strings.HasPrefix(test.headers, asScript) {
						as = asScript
					}
					whole := first(who, test.path, as)
					mine := whole.Header.Get("ETag")
					other, shown := first(opposite[who], test.path, as).Header.Get("ETag"), first(who, test.path, asDocument).Header.Get("ETag")
					replace := func(line string) string {
						if strings.Contains(line, "{mine /strong}") {
							return strings.ReplaceAll(line, "{mine /strong}", first(who, "/strong", as).Header.Get("ETag"))
						}
						line = strings.ReplaceAll(line, "W/{mine}", "W/"+strings.TrimPrefix(mine, "W/"))
						return strings.NewReplacer("{mine}", mine, "{other}", other, "{shown}", shown).Replace(line)
					}
					a := s.do(t, test.method, test.path, nil, append(lines(test.headers, replace), "Cookie: "+cookie, encoding)...)
					if a.err != nil || a.StatusCode != test.status {
						t.Fatalf("%v, %v; want %d", a.Response, a.err, test.status)
					}
					if test.whole && decode(t, a.Header.Get("Content-Encoding"), a.body) != decode(t, whole.Header.Get("Content-Encoding"), whole.body) {
						t.Errorf("another body: %.100q", a.body)
					}
					if !test.whole && test.status < 400 && test.status != http.StatusPartialContent && a.body != "" {
						t.Errorf("a body: %.100q", a.body)
					}
					checkTag(t, a, mine, test.tag)
					checkCaching(t, a, test.path)
				})
			}
		}
	})
}

// checkTag checks the tag of a response. Caddy's encode names its coding in
// the tags of what it has coded, which a 304 or the answer to HEAD is not.
func checkTag(t *testing.T, a answer, mine, want string) {
	t.Helper()
	plain := func(tag string) string { return strings.Replace(tag, `-gzip"`, `"`, 1) }
	got := a.Header.Get("ETag")
	switch {
	case a.StatusCode >= 400:
	case want == "-" && got != "", want != "-" && want != "" && plain(got) != want, want == "" && plain(got) != plain(mine):
		t.Errorf("ETag: %s, want %s of %s", got, want, mine)
	}
}

// checkCaching checks what caches are told of a page, also when it is not
// modified, and of what is none.
func checkCaching(t *testing.T, a answer, path string) {
	t.Helper()
	varies := varies(a.Header, "Cookie")
	private := strings.Contains(a.Header.Get("Cache-Control"), "private")
	if page := path != "/image" && path != "/data"; a.StatusCode < 400 && (varies != page || private != page) {
		t.Errorf("Vary: %q, Cache-Control: %q", a.Header["Vary"], a.Header["Cache-Control"])
	}
	if path != "/image" && path != "/data" && a.Header.Get("Last-Modified") != "" && a.StatusCode < 400 {
		t.Errorf("Last-Modified: %s", a.Header.Get("Last-Modified"))
	}
}

// Whatever a client has stored, and for whomever: only to who would get the
// very same bytes is it told that nothing has changed.
func TestNoAnswerCrossesDecisions(t *testing.T) {
	type stored struct{ who, coding, tag, body string }
	everyWay(t, proxied, func(t *testing.T, w way, directives string) {
		old := strings.Replace(directives, "urls tracker.test", "urls tracker.test other.test", 1)
		visitors := map[string]string{"granted": w.own(granted), "denied": w.own(denied), "nobody": "a=b", "broken": w.own("consent=x")}
		for _, path := range []string{"/strong", "/weak", "/comma", "/named", "/clean"} {
			store := func(s *site) (all []stored) {
				for who, cookie := range visitors {
					for _, coding := range []string{"identity", "gzip"} {
						a := s.get(t, path, append(lines(asDocument, strings.Clone), "Cookie: "+cookie, "Accept-Encoding: "+coding)...)
						all = append(all, stored{who, coding, a.Header.Get("ETag"), decode(t, a.Header.Get("Content-Encoding"), a.body)})
					}
				}
				return all
			}
			entries := store(w.start(t, origin(), old)) // under another policy
			for i := range entries {
				entries[i].body = "of another policy"
			}
			s := w.start(t, origin(), directives)
			now := store(s)
			entries = append(entries, now...)
			for _, asker := range now {
				for _, entry := range entries {
					for _, kind := range []string{asDocument, "Accept: */*\n"} {
						a := s.get(t, path, append(lines(kind, strings.Clone),
							"Cookie: "+visitors[asker.who], "Accept-Encoding: "+asker.coding, "If-None-Match: "+entry.tag)...)
						switch a.StatusCode {
						case http.StatusOK:
							if got := decode(t, a.Header.Get("Content-Encoding"), a.body); got != asker.body {
								t.Errorf("%s: %+v was given %.100q", path, asker.who, got)
							}
							if kind == asDocument && asker.tag == entry.tag && entry.body == asker.body { // scripts have others
								t.Errorf("%s: %s asked for its own %s and was given it again", path, asker.who, entry.tag)
							}
						case http.StatusNotModified:
							if entry.body != asker.body {
								t.Errorf("%s: %s was told that %s of %s has not changed", path, asker.who, entry.tag, entry.who)
							}
						default:
							t.Errorf("%s: %v, %v", path, a.Response, a.err)
						}
					}
				}
			}
		}
	})
}

// What is to be changed is the backend's resource, whatever its versions.
func TestAPreconditionOfAChangeIsTheBackends(t *testing.T) {
	for _, w := range ways {
		s := w.start(t, origin(), proxied)
		tag := s.get(t, "/strong", "Accept: text/html", "Cookie: "+w.own(granted)).Header.Get("ETag")
		for _, test := range []struct{ name, given, want string }{
			{"the tag of a page", tag, `"p1"`},
			{"several", `"x", ` + tag + `, W/"y"`, `"x", "p1", W/"y"`},
			{"the backend's own", `"p1"`, `"p1"`},
			{"any", "*", "*"},
		} {
			t.Run(test.name+", "+w.name, func(t *testing.T) {
				a := s.do(t, http.MethodPut, "/strong", nil, "If-Match: "+test.given, "If-Unmodified-Since: "+dated, "Cookie: "+w.own(denied))
				if got := a.Header.Get("X-If-Match"); got != test.want || a.Header.Get("X-If-Unmodified-Since") != dated {
					t.Errorf("the backend saw If-Match: %s, %v", got, a.Header)
				}
			})
		}
		for given, want := range map[string]int{tag: http.StatusOK, "*": http.StatusOK, `"x"`: http.StatusPreconditionFailed} {
			a := s.get(t, "/strong", "Accept: text/html", "If-Match: "+given, "Cookie: "+w.own(granted))
			if a.StatusCode != want {
				t.Errorf("a page if it matches %s, %s: %d, want %d", given, w.name, a.StatusCode, want)
			}
		}
	}
}

// A copy that a script has from before this module was there is not for it to keep, unless it is no page.
func TestAScriptsCopyFromBeforeIsNotConfirmed(t *testing.T) {
	upstream := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Path == "/page" || strings.Contains(r.Header.Get("Accept"), "html") {
			w.Header().Set("Content-Type", "text/html")
		}
		w.Header().Set("ETag", `"abc"`)
		http.ServeContent(w, r, "", time.Unix(1700000000, 0), strings.NewReader(original))
	})
	s := serve(t, upstream, proxied)
	for _, asks := range [][]string{{"Accept: */*", "Sec-Fetch-Dest: empty"}, {"Accept: */*"}, nil} {
		for _, condition := range []string{`If-None-Match: "abc"`, `If-None-Match: *`, "If-Modified-Since: Tue, 14 Nov 2023 22:13:20 GMT"} {
			for range 2 {
				if a := s.get(t, "/page", append(asks, condition)...); a.StatusCode != http.StatusOK || a.body != held {
					t.Errorf("%q, %s: %d", asks, condition, a.StatusCode)
				}
			}
			if a := s.get(t, "/both", append(asks, condition)...); a.StatusCode != http.StatusOK {
				t.Errorf("%q, %s: of what may be a page, too: %d", asks, condition, a.StatusCode)
			}
			s.get(t, "/both", "Accept: text/html")
			path := "/data?" + url.QueryEscape(strings.Join(append(asks, condition), ""))
			for i, want := range []int{http.StatusOK, http.StatusNotModified, http.StatusNotModified} {
				if a := s.get(t, path, append(asks, condition)...); a.StatusCode != want {
					t.Errorf("%q, %s: data for the %d. time: %d", asks, condition, i+1, a.StatusCode)
				}
			}
			if a := s.get(t, path+"&part", append(asks, condition, "Sec-Fetch-Dest: image")...); a.StatusCode != http.StatusNotModified && len(asks) < 2 {
				t.Errorf("an image: %d", a.StatusCode)
			}
		}
	}
}

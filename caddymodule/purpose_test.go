package caddymodule_test

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"
)

// What is sent as HTML and is none, and what only looks so.

// inScript is what a script asks with, and inWindow a browser that is to show it.
var (
	inScript = []string{"Sec-Fetch-Dest: empty", "Accept: */*", "Cookie: " + denied}
	inWindow = []string{"Sec-Fetch-Dest: document", "Accept: text/html,*/*;q=0.8", "Cookie: " + denied}
)

const jsonWithMarkup = `{"html":"<p><img src='https://www.google-analytics.com/collect?v=1'></p>"}`

func TestWhatIsSentAsHTMLAndBecomesNoPage(t *testing.T) {
	const markup = `<img src='https://www.google-analytics.com/collect?v=1'>`
	for _, test := range []struct {
		name, body string
		headers    []string
		passes     bool
	}{
		{"an object", jsonWithMarkup, inScript, true},
		{"an array", `["` + markup + `"]`, inScript, true},
		{"nested arrays", " [\r\n [ [ \"" + markup + `"]]]`, inScript, true},
		{"an array of objects", `[{"a":"` + markup + `"}]`, inScript, true},
		{"one with a mark before it", "\uFEFF" + jsonWithMarkup, inScript, true},
		{"one with blanks before it", "\n\t " + jsonWithMarkup, inScript, true},
		{"one for a client without Fetch Metadata", jsonWithMarkup, []string{"Accept: application/json, */*; q=0.01"}, true},
		{"an array with numbers before", `[1,-2.5e3, true,false,null, {} ,[ ],"` + markup + `"]`, inScript, true},
		{"a string for who parses it", `"<p>` + markup + `"`, []string{"Sec-Fetch-Dest: empty", "Accept: application/json, text/javascript, */*; q=0.01"}, true},
		{"a script for who runs it", `callback("<p>` + markup + `")`, []string{"Sec-Fetch-Dest: empty", "Accept: text/javascript, application/javascript, */*; q=0.01"}, true},
		{"JSON and nothing else", `"<p>` + markup + `"`, []string{"Accept: application/json"}, true},
		{"a fragment for who would run a script", "\n <p>" + markup, []string{"Sec-Fetch-Dest: empty", "Accept: text/javascript, application/javascript, */*; q=0.01"}, false},
		{"a fragment for who names JSON alone", "<p>" + markup, []string{"Sec-Fetch-Dest: empty", "Accept: application/json"}, false},
		{"a fragment for who names JSON first", `<p>` + markup, []string{"Sec-Fetch-Dest: empty", "Accept: application/json, text/plain, */*"}, false},
		{"a quotation that begins with markup", `"<em>Good</em>", says Ann ` + markup, inScript, false},
		{"one that is no script", ")]}',\n" + jsonWithMarkup, inScript, true},
		{"another one", "for(;;);" + jsonWithMarkup, inScript, true},
		{"numbers and text", `[1, 2] ` + markup, inScript, false},
		{"words that are none of JSON's", `[nil, "` + markup + `"]`, inScript, false},
		{"what looks like no script", ")]}'<p>" + markup, inScript, false},
		{"a fragment", `<p>` + markup, inScript, false},
		{"a bracket and text", `[1] ` + markup, inScript, false},
		{"braces of a template", `{{ "title" }} ` + markup, inScript, false},
		{"a set of rules", `{ color: red } ` + markup, inScript, false},
		{"a quotation", `"Good" ` + markup, inScript, false},
		{"many blanks", strings.Repeat(" ", 600) + jsonWithMarkup, inScript, false},
		{"nothing but blanks and a bracket", ` [`, inScript, true},
		{"nothing", ``, inScript, true},
		{"an object in a window", jsonWithMarkup, inWindow, false},
		{"an object in a frame", jsonWithMarkup, []string{"Sec-Fetch-Dest: iframe"}, false},
		{"an object for who takes pages, too", jsonWithMarkup, []string{"Sec-Fetch-Dest: empty", "Accept: application/json, text/html"}, true},
		{"an object that a worker fetches for a window", jsonWithMarkup, []string{"Sec-Fetch-Dest: empty", "Accept: text/html"}, false},
		{"an object for nobody knows whom", jsonWithMarkup, nil, false},
		{"a script", `document.write("` + markup + `")`, []string{"Sec-Fetch-Dest: script"}, true},
		{"an image", `<!doctype html>` + markup, []string{"Sec-Fetch-Dest: image"}, true},
		{"a style sheet for transformation", `<p>` + markup, []string{"Sec-Fetch-Dest: xslt"}, false},
		{"what browsers do not have yet", `<p>` + markup, []string{"Sec-Fetch-Dest: hologram"}, false},
		{"for two things at once", `<p>` + markup, []string{"Sec-Fetch-Dest: script", "Sec-Fetch-Dest: document"}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, coding := range []string{"identity", "gzip"} {
				s := serve(t, htmlBackend(t, coding, test.body, true), proxied)
				a := s.get(t, "/", append([]string{"Accept-Encoding: " + coding}, test.headers...)...)
				text := decode(t, a.Header.Get("Content-Encoding"), a.body)
				if a.err != nil || (text == test.body) != test.passes || !test.passes && strings.Contains(text, "<img src='https:") {
					t.Errorf("%s: %q, %v", coding, text, a.err)
				}
				if test.passes && coding == "identity" && a.ContentLength != int64(len(test.body)) {
					t.Errorf("a length of %d", a.ContentLength)
				}
			}
		})
	}
}

// htmlBackend serves one text, with a strong tag if it is to have one, and answers "not modified".
func htmlBackend(t *testing.T, coding, text string, tagged bool) http.Handler {
	body := encode(t, coding, text)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Type", "text/html; charset=utf-8")
		if coding != "identity" {
			h.Set("Content-Encoding", coding)
		}
		h.Set("Cache-Control", "public, max-age=60")
		h.Set("Vary", "Accept-Encoding")
		h.Set("Last-Modified", "Mon, 02 Jan 2006 15:04:05 GMT")
		if tagged {
			h.Set("ETag", `"a"`)
			if r.Header.Get("If-None-Match") == `"a"` {
				h.Del("Content-Type")
				w.WriteHeader(http.StatusNotModified)
				return
			}
		}
		h.Set("Content-Length", strconv.Itoa(len(body)))
		_, _ = w.Write(body)
	})
}

// What passes for a script must not be shown in a window, from whichever cache; nor
// be taken for a page that is known to be clean, or met before.
func TestWhatPassesForAScriptIsNotShownInAWindow(t *testing.T) {
	long := `{"more":"` + strings.Repeat("text ", 1000) + `",` + jsonWithMarkup[1:]
	for _, settings := range []string{"", "guard off\nbanner off", "mode report"} {
		t.Run(settings, func(t *testing.T) {
			report := settings == "mode report"
			s := serve(t, htmlBackend(t, "identity", long, true), "consent {"+policy+"\n"+settings+"\n}\nreverse_proxy {upstream}")
			for range 4 {
				a := s.get(t, "/", inScript...)
				tag := a.Header.Get("ETag")
				if a.body != long || report != (tag == `"a"`) || !strings.HasPrefix(tag, `"a`) {
					t.Errorf("a script got ETag %s, %d bytes of %d", a.Header.Get("ETag"), len(a.body), len(long))
				}
				if private := strings.Contains(a.Header.Get("Cache-Control"), "private"); private == report ||
					variesBy(a.Header, "Sec-Fetch-Dest") == report || variesBy(a.Header, "Accept") == report {
					t.Errorf("caches are told %q, %q", a.Header["Cache-Control"], a.Header["Vary"])
				}
				// What a cache is told with a 304 takes the place of what it was told before.
				again := s.get(t, "/", append([]string{"If-None-Match: " + tag}, inScript...)...)
				if again.StatusCode != http.StatusNotModified || again.Header.Get("ETag") != tag || !variesBy(again.Header, "Accept-Encoding") ||
					!report && (!variesBy(again.Header, "Sec-Fetch-Dest") || !strings.Contains(again.Header.Get("Cache-Control"), "private")) {
					t.Errorf("a script that asks again gets %d %q", again.StatusCode, again.Header)
				}
				for _, headers := range [][]string{inWindow, {"Sec-Fetch-Dest: object"}, {"Sec-Fetch-Dest: image"}, {"Sec-Fetch-Dest: xslt"}} {
					shown := s.get(t, "/", append([]string{"If-None-Match: " + tag}, headers...)...)
					if !report && (shown.StatusCode != http.StatusOK || strings.Contains(shown.body, "<img src='https:") != (headers[0] == "Sec-Fetch-Dest: image")) {
						t.Errorf("%s got %d %.100q", headers[0], shown.StatusCode, shown.body)
					}
				}
			}
		})
	}
}

// What a script runs is not what another one puts into a page, however often that has asked before, and for
// whichever version.
func TestWhatPassesForWhoRunsItDoesNotDependOnWhoAskedBefore(t *testing.T) {
	text := `callback("` + strings.Repeat("text ", 1000) + `<img src='https://www.google-analytics.com/collect?v=1'>")`
	running := []string{"Sec-Fetch-Dest: empty", "Accept: text/javascript, application/javascript, */*; q=0.01", "Cookie: " + denied}
	for _, tagged := range []bool{false, true} {
		s := serve(t, htmlBackend(t, "identity", text, tagged), proxied)
		var tag string
		for range 4 {
			a := s.get(t, "/", inScript...)
			if tag = a.Header.Get("ETag"); strings.Contains(a.body, "<img src='https:") {
				t.Errorf("a script that may put it into the page got %.200q", a.body[len(a.body)-200:])
			}
		}
		for range 4 {
			if a := s.get(t, "/", append([]string{"If-None-Match: " + tag}, running...)...); a.body != text {
				t.Errorf("one that runs it got %d, %d bytes of %d", a.StatusCode, len(a.body), len(text))
			}
		}
	}
}

// A page for everybody is the same whoever asks, whatever is in it.
func TestASharedPageDoesNotDependOnItsPurpose(t *testing.T) {
	s := serve(t, htmlBackend(t, "identity", jsonWithMarkup, true), "consent {"+policy+"\npages shared\n}\nreverse_proxy {upstream}")
	want := s.get(t, "/", inWindow...)
	if strings.Contains(want.body, "<img src=") {
		t.Errorf("%q", want.body)
	}
	for _, headers := range [][]string{inScript, {"Sec-Fetch-Dest: script"}, {"Sec-Fetch-Dest: image"}, nil} {
		if a := s.get(t, "/", headers...); a.body != want.body || a.Header.Get("ETag") != want.Header.Get("ETag") || variesBy(a.Header, "Accept") {
			t.Errorf("%q: %q %q", headers, a.body, a.Header)
		}
	}
}

// A download is the visitor's file. Scripts may do anything with it.
func TestADownloadIsLeftAsItIs(t *testing.T) {
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Content-Disposition"] = r.URL.Query()["as"]
		w.Header().Set("ETag", `"a"`)
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte(original))
	}), proxied)
	for _, test := range []struct {
		as, dest string
		passes   bool
	}{
		{"attachment", "document", true},
		{`Attachment%3B+filename="page.html"`, "iframe", true},
		{"+attachment%09%3Bx", "document", true},
		{"attachment&as=attachment", "document", false},
		{"attachment%C2%A0", "document", false},
		{"attachment", "empty", false},
		{"attachment", "object", false},
		{"inline", "document", false},
		{`inline%3B+filename="attachment"`, "document", false},
	} {
		a := s.get(t, "/?as="+test.as, "Sec-Fetch-Dest: "+test.dest, "Cookie: "+denied)
		if (a.body == original) != test.passes ||
			test.passes && (!variesBy(a.Header, "Sec-Fetch-Dest") || !strings.Contains(a.Header.Get("Content-Security-Policy"), "sandbox") || a.Header.Get("ETag") != `"a-cas--file"`) {
			t.Errorf("%s for %s: %q %q", test.as, test.dest, a.body, a.Header)
		}
	}
}

// Wherever a backend pauses and flushes, JSON passes and a fragment does not.
func TestWhatIsNoPageDoesNotDependOnFlushes(t *testing.T) {
	for _, text := range []string{" [ {\n\"a\":1},\"<img src='https://www.google-analytics.com/collect?v=1'>\"]", "  <p><img src='https://www.google-analytics.com/collect?v=1'>", "[", ""} {
		for _, coding := range []string{"identity", "gzip"} {
			body := encode(t, coding, text)
			s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "text/html")
				if coding != "identity" {
					w.Header().Set("Content-Encoding", coding)
				}
				for _, b := range body {
					_ = http.NewResponseController(w).Flush()
					_, _ = w.Write([]byte{b})
				}
			}), proxied)
			for range 3 {
				a := s.get(t, "/", append([]string{"Accept-Encoding: " + coding}, inScript...)...)
				got := decode(t, a.Header.Get("Content-Encoding"), a.body)
				if json := strings.Contains(text, "["); a.err != nil || (got == text) != (json || text == "") ||
					json && len(text) > 1 && !variesBy(a.Header, "Accept") {
					t.Errorf("%s: %q became %q, %v", coding, text, got, a.err)
				}
			}
		}
	}
}

// A backend that flushes blanks, so that nobody takes the connection for dead, is heard: the header
// goes out, and says what is true of data and of pages.
func TestABackendThatFlushesBlanksIsHeard(t *testing.T) {
	for _, text := range []string{`{"a":"<img src='https://www.google-analytics.com/collect?v=1'>"}`, `<p><img src='https://www.google-analytics.com/collect?v=1'>`} {
		heard := make(chan struct{})
		s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.Header().Set("ETag", `"a"`)
			_, _ = io.WriteString(w, " ")
			_ = http.NewResponseController(w).Flush()
			select {
			case <-heard:
			case <-time.After(5 * time.Second):
				t.Error("the header did not come")
			}
			_, _ = io.WriteString(w, text)
		}), strings.Replace(proxied, "reverse_proxy {upstream}", "reverse_proxy {upstream} {\nflush_interval -1\n}", 1))
		for range 3 {
			req, _ := http.NewRequest(http.MethodGet, "http://"+s.addr+"/", nil)
			req.Header.Set("Sec-Fetch-Dest", "empty")
			res, err := s.client.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			heard <- struct{}{}
			body, err := io.ReadAll(res.Body)
			_ = res.Body.Close()
			if err != nil || (string(body) == " "+text) != (text[0] == '{') || res.Header.Get("ETag") == `"a"` || !variesBy(res.Header, "Sec-Fetch-Dest") {
				t.Errorf("%q, %v, %q", body, err, res.Header)
			}
		}
	}
}

package caddymodule_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// A page with one blocked element, longer than what encode finds worth compressing.
var (
	filler   = strings.Repeat("<p>Lorem ipsum dolor sit amet.</p>\n", 40)
	original = `<!doctype html><script src="https://tracker.test/x.js"></script>` + filler
	held     = `<!doctype html><script data-consent="acme" type="text/plain" data-consent-src="https://tracker.test/x.js"></script>` + filler
)

// proxied is a consent directive in front of the upstream.
const proxied = `
	consent {` + policy + `
	}
	reverse_proxy {upstream}`

const encoded = `
	encode gzip` + proxied

func TestAPageObeysTheChoice(t *testing.T) {
	s := serve(t, page(original), proxied)
	for name, test := range map[string]struct{ cookie, want string }{
		"no choice":               {"", held},
		"denied":                  {denied, held},
		"granted":                 {granted, original},
		"a malformed cookie":      {"consent=1.0.x.c.analytics.", held},
		"rubbish":                 {`consent="\%00;;=`, held},
		"an oversized cookie":     {granted + strings.Repeat("~analytics", 800), held},
		"two cookies":             {granted + "; " + granted, held},
		"two that disagree":       {granted + "; " + denied, held},
		"another revision":        {strings.Replace(granted, "1.0.", "1.7.", 1), held},
		"another version":         {strings.Replace(granted, "1.0.", "2.0.", 1), held},
		"an old one":              {fmt.Sprintf("consent=1.0.%d.c.analytics.", time.Now().Add(-400*24*time.Hour).Unix()), held},
		"one from the future":     {fmt.Sprintf("consent=1.0.%d.c.analytics.", time.Now().Add(400*24*time.Hour).Unix()), held},
		"the name of TLS sites":   {"__Host-" + granted, held},
		"among others":            {"a=b; " + granted + `; "c"={"d"}`, original},
		"a category that is none": {strings.Replace(granted, "analytics", "analytics~nonsense", 1), original},
	} {
		t.Run(name, func(t *testing.T) {
			var headers []string
			if test.cookie != "" {
				headers = []string{"Cookie: " + test.cookie}
			}
			a := s.get(t, "/", headers...)
			if a.err != nil || a.StatusCode != 200 || a.body != test.want {
				t.Errorf("got %v, %v:\n%.300s", a.Response, a.err, a.body)
			}
			if got := a.Header.Get("Vary"); got != "Cookie" {
				t.Errorf("Vary: %q", got)
			}
			if got := a.Header.Get("Cache-Control"); got != "private" {
				t.Errorf("Cache-Control: %q", got)
			}
		})
	}
}

func TestAPageIsTheSameHoweverItsBodyComes(t *testing.T) {
	for _, coding := range []string{"identity", "gzip", "x-gzip", "br", "zstd", "deflate"} {
		for _, chunked := range []bool{false, true} {
			for _, layer := range []struct {
				name, config string
				contentType  []string
			}{
				{"alone", proxied, []string{"text/html"}},
				{"inside encode", encoded, []string{"text/html"}},
				{"without a type", proxied, nil}, // as a file server says of files without an extension
			} {
				t.Run(fmt.Sprintf("%s, chunked %v, %s", coding, chunked, layer.name), func(t *testing.T) {
					upstream := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
						w.Header()["Content-Type"] = layer.contentType
						if coding != "identity" {
							w.Header().Set("Content-Encoding", coding)
						}
						body := encode(t, coding, original)
						if !chunked {
							w.Header().Set("Content-Length", fmt.Sprint(len(body)))
							_, _ = w.Write(body)
							return
						}
						for i := range body {
							_, _ = w.Write(body[i : i+1])
							if i%100 == 0 {
								_ = http.NewResponseController(w).Flush()
							}
						}
					})
					s := serve(t, upstream, layer.config)
					a := s.get(t, "/", "Accept-Encoding: gzip, br, zstd, deflate")
					if a.err != nil {
						t.Fatal(a.err)
					}
					got := a.Header.Get("Content-Encoding")
					want := map[string]string{"identity": ""}[coding]
					if coding != "identity" {
						want = strings.TrimPrefix(coding, "x-")
					}
					if layer.name == "inside encode" && (got != "" || !chunked) { // it does not compress what is flushed in small pieces
						want = "gzip"
					} else if layer.name == "inside encode" {
						want = ""
					}
					if got != want {
						t.Errorf("Content-Encoding: %q, want %q", got, want)
					}
					if text := decode(t, got, a.body); text != held {
						t.Errorf("got %.300s", text)
					}
				})
			}
		}
	}
}

// What is no page by its decoded bytes is left as it is, however few of them the first coded ones are.
func TestWhatIsNoPageWithoutATypePasses(t *testing.T) {
	words := rand.New(rand.NewPCG(1, 2))
	var text strings.Builder
	for text.Len() < 300<<10 {
		fmt.Fprintf(&text, `{"id":%d,"html":"<script src=https://tracker.test/x.js></script>"},`, words.Uint64())
	}
	json := "[" + text.String() + "{}]"
	for _, coding := range []string{"identity", "gzip", "br", "zstd", "deflate"} {
		body := encode(t, coding, json)
		for _, piece := range []int{7, 1000, len(body)} {
			s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				h := w.Header()
				h["Content-Type"] = nil
				h.Set("ETag", `"a"`)
				if coding != "identity" {
					h.Set("Content-Encoding", coding)
				}
				part := body
				if r.Header.Get("Range") != "" {
					part = body[len(body)/2:]
					h.Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", len(body)/2, len(body)-1, len(body)))
					w.WriteHeader(http.StatusPartialContent)
				}
				for chunk := range slices.Chunk(part, piece) {
					_, _ = w.Write(chunk)
				}
			}), proxied)
			for what, header := range map[string]string{"a part": "Range: bytes=9-", "all": "Accept: */*"} {
				want := body
				if what == "a part" {
					want = body[len(body)/2:]
				}
				a := s.get(t, "/data", "Accept-Encoding: gzip, br, zstd, deflate", header)
				if a.err != nil || a.body != string(want) || a.Header.Get("ETag") != `"a"` || a.Header.Get("Cache-Control") != "" {
					t.Errorf("%s in pieces of %d, %s: %d bytes of %d, %v", coding, piece, what, len(a.body), len(want), a.Header)
				}
			}
		}
	}
}

// HEAD tells of a page what GET would (RFC 9110 section 9.3.2): caches drop what they have where it does not.
func TestHEADTellsOfAPageWhatGETWould(t *testing.T) {
	for _, coding := range []string{"identity", "gzip", "br"} {
		s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body := encode(t, coding, original)
			h := w.Header()
			h.Set("Content-Type", "text/html")
			h.Set("ETag", `"a"`)
			h.Set("Content-Length", strconv.Itoa(len(body)))
			if coding != "identity" {
				h.Set("Content-Encoding", coding)
			}
			if r.Method != http.MethodHead {
				_, _ = w.Write(body)
			}
		}), proxied)
		for _, accept := range []string{"gzip, br", "gzip", "identity"} {
			get, head := s.get(t, "/", "Accept-Encoding: "+accept), s.do(t, http.MethodHead, "/", nil, "Accept-Encoding: "+accept)
			for _, name := range []string{"Content-Type", "Content-Encoding", "Etag", "Vary", "Cache-Control"} {
				if g, h := get.Header[name], head.Header[name]; !slices.Equal(g, h) {
					t.Errorf("%s to %s: %s is %q for GET, %q for HEAD", coding, accept, name, g, h)
				}
			}
		}
	}
}

// What is not HTML, or has no body, goes through untouched; what a response's
// header says stays true.
func TestWhatIsNoPageGoesThroughAndHeadersStayTrue(t *testing.T) {
	const png = "\x89PNG\r\n\x1a\n//tracker.test/"
	type upstream func(w http.ResponseWriter, r *http.Request)
	write := func(status int, body string, headers ...string) upstream {
		return func(w http.ResponseWriter, _ *http.Request) {
			for _, line := range headers {
				name, value, _ := strings.Cut(line, ": ")
				w.Header().Add(name, value)
			}
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	for _, test := range []struct {
		name     string
		upstream upstream
		method   string
		headers  []string
		status   int
		body     string
		want     map[string]string // response headers; "-" for none
	}{
		{
			name: "an image keeps its length and validators", upstream: write(200, png, "Content-Type: image/png", "ETag: \"a\"", fmt.Sprintf("Content-Length: %d", len(png))),
			status: 200, body: png, want: map[string]string{"Content-Length": fmt.Sprint(len(png)), "Etag": `"a"`, "Vary": "-", "Cache-Control": "-"},
		},
		{
			name: "JSON that names a vendor", upstream: write(200, `{"u":"<script src=//tracker.test/>"}`, "Content-Type: application/json"),
			status: 200, body: `{"u":"<script src=//tracker.test/>"}`,
		},
		{
			name: "an error page is a page", upstream: write(404, original, "Content-Type: text/html"),
			status: 404, body: held,
		},
		{
			name: "the media type in any case, with parameters", upstream: write(200, original, "Content-Type: Text/HTML ;charset=UTF-8"),
			status: 200, body: held,
		},
		{
			name: "of two types the last counts", upstream: write(200, original, "Content-Type: text/plain", "Content-Type: text/html"),
			status: 200, body: held,
		},
		{
			name: "a type that Chromium alone knows is told to all", upstream: write(200, original, "Content-Type: text/html charset=utf-8"),
			status: 200, body: held, want: map[string]string{"Content-Type": "text/html"},
		},
		{
			name: "what is no type: the body tells", upstream: write(200, "<article>"+original, "Content-Type: html"),
			status: 200, body: "<article>" + held, want: map[string]string{"Content-Type": "text/html"},
		},
		{
			name: "and what is no page is none further in", upstream: write(200, "text "+original, "Content-Type: */*"),
			status: 200, body: "text " + original, want: map[string]string{"Content-Type": "text/plain"},
		},
		{
			name: "no type: the body tells", upstream: func(w http.ResponseWriter, _ *http.Request) {
				w.Header()["Content-Type"] = nil
				_, _ = io.WriteString(w, original)
			}, status: 200, body: held,
		},
		{
			name: "a redirect with a page", upstream: write(302, original, "Content-Type: text/html", "Location: /x"),
			status: 302, body: held, want: map[string]string{"Location": "/x"},
		},
		{
			name: "dates and digests of a page are dropped, its tag names the version", upstream: write(200, original, "Content-Type: text/html", "ETag: W/\"a\"", "Last-Modified: Mon, 02 Jan 2006 15:04:05 GMT", "Content-Md5: x", "Digest: y", "Repr-Digest: z"),
			status: 200, body: held, want: map[string]string{"Last-Modified": "-", "Content-Md5": "-", "Digest": "-", "Repr-Digest": "-"},
		},
		{
			name: "HEAD has no length of another page", method: "HEAD", upstream: write(200, "", "Content-Type: text/html", "Content-Length: 1400"),
			status: 200, want: map[string]string{"Content-Length": "-", "Vary": "Cookie"},
		},
		{name: "no content", upstream: write(204, ""), status: 204},
		{
			name: "no-store stays, public goes", upstream: write(200, original, "Content-Type: text/html", "Cache-Control: public, s-maxage=9, max-age=5"),
			status: 200, body: held, want: map[string]string{"Cache-Control": "private, max-age=5"},
		},
		{
			name: "no-store is stricter", upstream: write(200, original, "Content-Type: text/html", "Cache-Control: no-store"),
			status: 200, body: held, want: map[string]string{"Cache-Control": "no-store"},
		},
		{
			name: "a coding nobody knows is refused", upstream: write(200, "xx", "Content-Type: text/html", "Content-Encoding: dcz"),
			status: 502, want: map[string]string{"Content-Encoding": "-", "Content-Type": "text/plain; charset=utf-8"},
			body: "This page could not be checked against your cookie settings and was withheld.\nReason: unknown content coding\n",
		},
		{
			name: "so is a charset that browsers refuse", upstream: write(200, "xx", "Content-Type: text/html; charset=iso-2022-kr"),
			status: 502, body: "This page could not be checked against your cookie settings and was withheld.\nReason: charset that cannot be read\n",
		},
		{
			name: "identity is no coding", upstream: write(200, original, "Content-Type: text/html", "Content-Encoding: identity"),
			status: 200, body: held,
		},
		{
			name: "a document is asked for whole and anew",
			upstream: func(w http.ResponseWriter, r *http.Request) {
				for _, name := range []string{"Range", "If-Range", "If-None-Match", "If-Modified-Since"} {
					if v := r.Header.Get(name); v != "" {
						t.Errorf("the backend saw %s: %s", name, v)
					}
				}
				write(200, original, "Content-Type: text/html")(w, r)
			},
			headers: []string{"Accept: text/html", "Range: bytes=0-5", "If-Range: \"a\"", "If-None-Match: \"a\"", "If-Modified-Since: Mon, 02 Jan 2006 15:04:05 GMT"},
			status:  200, body: held,
		},
		{
			name: "an image may be asked for in parts",
			upstream: func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Range") == "" || r.Header.Get("If-None-Match") == "" {
					t.Error("the backend did not see Range and If-None-Match")
				}
				write(206, "PNG", "Content-Type: image/png", "Content-Range: bytes 1-3/9")(w, r)
			},
			headers: []string{"Accept: image/png", "Sec-Fetch-Dest: image", "Range: bytes=1-3", "If-None-Match: \"a\""},
			status:  206, body: "PNG",
		},
		{
			name: "a part that there is not",
			upstream: func(w http.ResponseWriter, r *http.Request) {
				write(416, original, "Content-Type: text/html", "Content-Range: bytes */1000")(w, r)
			},
			headers: []string{"Range: bytes=1000-"},
			status:  416, body: held,
		},
		{
			name: "a coding that nobody knows, of what may be a page",
			upstream: func(w http.ResponseWriter, r *http.Request) {
				w.Header()["Content-Type"] = nil
				write(200, "\xffabc", "Content-Encoding: dcz")(w, r)
			},
			status: 502, body: "This page could not be checked against your cookie settings and was withheld.\nReason: unknown content coding\n",
		},
		{
			name: "a comment that Chromium takes for HTML",
			upstream: func(w http.ResponseWriter, r *http.Request) {
				w.Header()["Content-Type"] = nil
				write(200, "<!--[if IE]>x<![endif]-->"+original)(w, r)
			},
			status: 200, body: "<!--[if IE]>x<![endif]-->" + held,
		},
		{
			name: "text that no browser is to take for more",
			upstream: func(w http.ResponseWriter, r *http.Request) {
				w.Header()["Content-Type"] = nil
				write(200, "<article>"+original)(w, r)
			},
			status: 200, body: "<article>" + original, want: map[string]string{"Content-Type": "text/plain"},
		},
		{
			name: "a part that is the whole of a page",
			upstream: func(w http.ResponseWriter, r *http.Request) {
				length := strconv.Itoa(len(original))
				write(206, original, "Content-Type: text/html", "Content-Range: bytes 0-"+strconv.Itoa(len(original)-1)+"/"+length)(w, r)
			},
			headers: []string{"Range: bytes=0-"},
			status:  200, body: held, want: map[string]string{"Content-Range": "-"},
		},
		{
			name: "the backend chooses among codings that can be undone",
			upstream: func(w http.ResponseWriter, r *http.Request) {
				if got := r.Header.Get("Accept-Encoding"); got != "gzip;q=0.5, br" {
					t.Errorf("the backend saw Accept-Encoding: %q", got)
				}
				write(200, original, "Content-Type: text/html")(w, r)
			},
			headers: []string{"Accept-Encoding: dcb, gzip;q=0.5, br, compress"},
			status:  200, body: held,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := serve(t, http.HandlerFunc(test.upstream), proxied)
			method := test.method
			if method == "" {
				method = "GET"
			}
			a := s.do(t, method, "/", nil, test.headers...)
			if a.err != nil {
				t.Fatal(a.err)
			}
			if a.StatusCode != test.status || a.body != test.body {
				t.Errorf("got %d %.200q, want %d", a.StatusCode, a.body, test.status)
			}
			for name, want := range test.want {
				got := strings.Join(a.Header[name], ", ")
				if want == "-" && len(a.Header[name]) > 0 || want != "-" && got != want {
					t.Errorf("%s: got %q, want %q", name, got, want)
				}
			}
		})
	}
}

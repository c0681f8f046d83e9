package caddymodule_test

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/caddy-consent/caddy-consent/internal/sharedtest"
)

// The conformance cases are shared test data, made and confirmed with a real
// browser by others: pages of which it was observed whether they contact
// tracker.test. Here they are read, and served as their harness does.

// A conformanceDoc is what one URL of a case answers.
type conformanceDoc struct {
	HTML        *string
	HTMLBase64  string          `json:"html_b64"`
	HTMLParts   []repeated      `json:"html_parts"`
	ContentType json.RawMessage `json:"content_type"` // a string, several, or null
	Headers     [][2]string
	Status      int
	Opts        conformanceOpts
}

// repeated is a text that stands N times.
type repeated struct {
	S string
	N *int
}

type conformanceOpts struct {
	JS       *bool
	Chunk    int
	Chunked  bool
	PauseAt  int `json:"pause_at"`
	Encoding string
	HTTPS    bool
	Lax      bool // the page may change, as long as nobody is contacted
	Settle   int  // milliseconds in which what is to happen does
	// What a browser must do beyond loading the page.
	Fresh, Netlog, Unload bool
	DPR                   int
	Click                 string
	KeepIgnore            string `json:"keep_ignore"`
}

// special tells that loading the page is not enough.
func (o *conformanceOpts) special() bool {
	return o.HTTPS || o.Fresh || o.Netlog || o.Unload || o.DPR > 0 || o.Click != "" || o.KeepIgnore != ""
}

// A conformanceCase is a page, the documents within it that it needs, and
// what was observed.
type conformanceCase struct {
	conformanceDoc
	ID, Group, Tier string
	Extra           map[string]*conformanceDoc
	Expect          string   // "blocked" if the page contacts tracker.test, "kept" if not
	Keep            []string // what else it contacts
	Probe           string   // something about the page that a browser can tell
	Why             string
	Policy          bool // whether it should be stopped is a decision of the product's
}

// conformanceCases reads the cases, or skips the test.
func conformanceCases(tb testing.TB) []*conformanceCase {
	tb.Helper()
	var cases []*conformanceCase
	readConformance(tb, "bypass.json", &cases)
	return cases
}

// readConformance reads a file of the shared test data, which is not part of
// the repository, or skips the test.
func readConformance(tb testing.TB, name string, into any) {
	tb.Helper()
	if err := json.Unmarshal(sharedtest.Read(tb, "conformance/"+name), into); err != nil {
		tb.Fatalf("%s: %v", name, err)
	}
}

// listed reads a list of cases: an id and a reason on each line.
func listed(tb testing.TB, file string) map[string]string {
	tb.Helper()
	data, err := os.ReadFile(filepath.FromSlash(file))
	if err != nil {
		tb.Fatal(err)
	}
	list := map[string]string{}
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); line == "" || line[0] == '#' {
			continue
		}
		id, reason, _ := strings.Cut(line, " ")
		if reason = strings.TrimSpace(reason); reason == "" {
			tb.Errorf("%s: %s has no reason", file, id)
		}
		if _, twice := list[id]; twice {
			tb.Errorf("%s: %s is listed twice", file, id)
		}
		list[id] = reason
	}
	return list
}

// body is the document as it stands.
func (d *conformanceDoc) body() string {
	switch {
	case d.HTML != nil:
		return *d.HTML
	case d.HTMLParts != nil:
		var b strings.Builder
		for _, p := range d.HTMLParts {
			n := 1
			if p.N != nil {
				n = *p.N
			}
			b.WriteString(strings.Repeat(p.S, n))
		}
		return b.String()
	}
	text, _ := base64.StdEncoding.DecodeString(d.HTMLBase64)
	return string(text)
}

// header is what the upstream sends.
func (d *conformanceDoc) header() http.Header {
	h := http.Header{"Cache-Control": {"no-store"}, "Content-Type": nil} // nil: let nobody guess
	var one string
	var many []string
	switch {
	case json.Unmarshal(d.ContentType, &many) == nil && many != nil:
		h["Content-Type"] = many
	case json.Unmarshal(d.ContentType, &one) == nil && string(d.ContentType) != "null":
		h["Content-Type"] = []string{one}
	}
	for _, field := range d.Headers {
		h[field[0]] = append(h[field[0]], field[1]) // in the case it is written in
	}
	return h
}

// encoded is the document in the codings of the upstream.
func (d *conformanceDoc) encoded(t *testing.T) []byte {
	t.Helper()
	out := []byte(d.body())
	for coding := range strings.SplitSeq(d.Opts.Encoding, ",") {
		if coding == "gzip2" { // two members
			half := len(out) / 2
			out = append(encode(t, "gzip", string(out[:half])), encode(t, "gzip", string(out[half:]))...)
			continue
		}
		out = encode(t, strings.TrimSpace(coding), string(out))
	}
	return out
}

// paths are the URLs of a case, by path, and what they answer.
func (c *conformanceCase) paths() map[string]*conformanceDoc {
	all := map[string]*conformanceDoc{"/c/" + c.ID: &c.conformanceDoc}
	for name, doc := range c.Extra {
		all["/c/"+c.ID+"/x/"+name] = doc
	}
	return all
}

// conformanceUpstream serves the cases, and at any other path something
// harmless of the kind that was asked for.
func conformanceUpstream(t *testing.T, cases []*conformanceCase) http.Handler {
	t.Helper()
	docs := map[string]*conformanceDoc{}
	for _, c := range cases {
		maps.Copy(docs, c.paths())
	}
	other := &recorder{hosts: map[string]bool{}}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if doc := docs[r.URL.Path]; doc != nil {
			cut, _ := strconv.Atoi(r.URL.Query().Get("cut"))
			doc.serve(t, w, cut)
			return
		}
		other.ServeHTTP(w, r)
	})
}

// serve answers with the document as its options say; or, if cut is not 0,
// with so many bytes of it, and after a pause with the rest in small pieces.
func (d *conformanceDoc) serve(t *testing.T, w http.ResponseWriter, cut int) {
	body := d.encoded(t)
	maps.Copy(w.Header(), d.header())
	var pieces [][]byte
	switch o := &d.Opts; {
	case cut > 0:
		n := min(cut, len(body))
		pieces = slices.Collect(slices.Chunk(body[n:], 1+len(body)/40))
		pieces = slices.Insert(pieces, 0, body[:n])
	case o.Chunk > 0:
		pieces = slices.Collect(slices.Chunk(body, o.Chunk))
	case o.PauseAt > 0:
		pieces = [][]byte{body[:o.PauseAt], body[o.PauseAt:]}
	case o.Chunked:
		pieces = [][]byte{body}
	default:
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	}
	w.WriteHeader(max(d.Status, http.StatusOK))
	if pieces == nil {
		_, _ = w.Write(body)
		return
	}
	for i, piece := range pieces {
		if i == 1 && (cut > 0 || d.Opts.PauseAt > 0) {
			time.Sleep(8 * time.Millisecond) // enough for what came to be read alone
		}
		_, _ = w.Write(piece)
		_ = http.NewResponseController(w).Flush()
	}
}

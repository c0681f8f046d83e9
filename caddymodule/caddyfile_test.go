package caddymodule_test

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"

	"github.com/caddy-consent/caddy-consent/caddymodule"
)

var update = flag.Bool("update", false, "rewrite the golden files of the Caddyfile tests")

// separator stands between a Caddyfile and what becomes of it.
const separator = "----------\n"

// mark is the comment on the line that an error must name. It keeps -update
// from making a wrong line number golden.
const mark = "# here"

// goldens calls f for every file of testdata/adapt, with its Caddyfile and
// the rest.
func goldens(t *testing.T, f func(t *testing.T, path, config, want string)) {
	t.Helper()
	paths, err := filepath.Glob("testdata/adapt/*.caddyfiletest")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".caddyfiletest")
		t.Run(strings.ReplaceAll(name, "_", " "), func(t *testing.T) {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			config, want, ok := strings.Cut(strings.ReplaceAll(string(data), "\r\n", "\n"), separator)
			if !ok {
				t.Fatalf("no line %q", separator)
			}
			f(t, path, config, want)
		})
	}
}

// Each golden file is a Caddyfile, a line of ten dashes, and either the JSON of
// its consent handlers or the error. Errors name the line, and what would be right.
func TestCaddyfileAdaptsToJSON(t *testing.T) {
	goldens(t, func(t *testing.T, path, config, want string) {
		file := filepath.Base(path)
		adapter := caddyfile.Adapter{ServerType: httpcaddyfile.ServerType{}}
		out, warnings, err := adapter.Adapt([]byte(config), map[string]any{"filename": file})

		var became strings.Builder
		if err != nil {
			became.WriteString(err.Error() + "\n")
		}
		for _, handler := range consentHandlers(out) {
			became.WriteString(pretty(t, handler) + "\n")
		}
		got := became.String()
		line := markedLine(config)
		switch {
		case err == nil && line > 0:
			t.Errorf("line %d was accepted", line)
		case err != nil && !strings.Contains(got, fmt.Sprintf("at %s:%d", file, line)):
			t.Errorf("the error does not name line %d: %v", line, err)
		}
		for _, w := range warnings {
			t.Errorf("line %d: %s", w.Line, w.Message) // not as "caddy fmt" writes it
		}
		if *update && !t.Failed() {
			if err := os.WriteFile(path, []byte(config+separator+got), 0o644); err != nil {
				t.Fatal(err)
			}
			want = got
		}
		if got != want {
			t.Errorf("got:\n%s\nwant:\n%s", got, want)
		}
	})
}

// markedLine is the number of the marked line, 0 if there is none.
func markedLine(config string) int {
	before, _, ok := strings.Cut(config, mark)
	if !ok {
		return 0
	}
	return 1 + strings.Count(before, "\n")
}

// consentHandlers finds the handlers in a configuration, in the order in which they stand.
func consentHandlers(raw json.RawMessage) (found []json.RawMessage) {
	var object map[string]json.RawMessage
	var list []json.RawMessage
	switch {
	case json.Unmarshal(raw, &object) == nil:
		if string(object["handler"]) == `"consent"` {
			return []json.RawMessage{raw}
		}
		// "routes" before those of "errors".
		for _, key := range slices.Backward(slices.Sorted(maps.Keys(object))) {
			found = append(found, consentHandlers(object[key])...)
		}
	case json.Unmarshal(raw, &list) == nil:
		for _, item := range list {
			found = append(found, consentHandlers(item)...)
		}
	}
	return found
}

func pretty(t *testing.T, raw []byte) string {
	t.Helper()
	var out bytes.Buffer
	if err := json.Indent(&out, raw, "", "\t"); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// provision loads a handler as Caddy does: strictly. "handler" is the key
// that names the module in a route, and none of the handler's own.
func provision(t *testing.T, raw []byte) (*caddymodule.Handler, error) {
	t.Helper()
	ctx, cancel := caddy.NewContext(caddy.Context{Context: context.Background()})
	t.Cleanup(cancel)
	var object map[string]json.RawMessage
	if err := json.Unmarshal(raw, &object); err != nil {
		t.Fatal(err)
	}
	delete(object, "handler")
	module, err := json.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	loaded, err := ctx.LoadModuleByID("http.handlers.consent", module)
	if err != nil {
		return nil, err
	}
	return loaded.(*caddymodule.Handler), nil
}

// What the golden files show in JSON is the same policy as their Caddyfile,
// and the same settings.
func TestJSONIsEquivalentToTheCaddyfile(t *testing.T) {
	t.Setenv("CONSENT_SECRET", "correct horse battery staple")
	goldens(t, func(t *testing.T, _, config, want string) {
		blocks, err := caddyfile.Parse("Caddyfile", []byte(config))
		if err != nil {
			t.Fatal(err)
		}
		directives := blocks[0].Segments
		if !strings.HasPrefix(want, "{") || len(directives) != 1 {
			t.Skip("an error, or several directives")
		}
		fromCaddyfile := new(caddymodule.Handler)
		if err := fromCaddyfile.UnmarshalCaddyfile(caddyfile.NewDispenser(directives[0])); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := caddy.NewContext(caddy.Context{Context: context.Background()})
		defer cancel()
		if err := fromCaddyfile.Provision(ctx); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = fromCaddyfile.Cleanup() }() // as Caddy does for a handler that it has loaded
		fromJSON, err := provision(t, []byte(want))
		if err != nil {
			t.Fatal(err)
		}
		if a, b := fromCaddyfile.PolicyHash(), fromJSON.PolicyHash(); a != b {
			t.Errorf("policy %s from the Caddyfile, %s from JSON", a, b)
		}
		written, _ := json.Marshal(fromCaddyfile)
		if again, _ := json.Marshal(fromJSON); !bytes.Equal(written, again) {
			t.Errorf("from the Caddyfile: %s\nfrom JSON: %s", written, again)
		}
		// With every default written out it is still the same.
		twice, err := provision(t, written)
		if err != nil {
			t.Fatalf("%v\n%s", err, written)
		}
		if a, b := fromCaddyfile.PolicyHash(), twice.PolicyHash(); a != b {
			t.Errorf("policy %s, but %s with the defaults written out", a, b)
		}
	})
}

func TestJSONIsReadStrictly(t *testing.T) {
	for name, test := range map[string]struct{ config, want string }{
		"an unknown field":                    {`{"colour": "blue"}`, "colour"},
		"an unknown field of a category":      {`{"categories": [{"name": "a", "colour": "blue"}]}`, "colour"},
		"an unknown field of a vendor":        {`{"vendors": [{"id": "a", "url": ["a.example"]}]}`, "url"},
		"an unknown field of a cookie":        {`{"vendors": [{"id": "a", "cookies": [{"name": "a", "age": 1}]}]}`, "age"},
		"an unknown field of a block":         {`{"blocked": {"script": "hold"}}`, "script"},
		"a list where a word belongs":         {`{"mode": ["enforce"]}`, "mode"},
		"a wrong word":                        {`{"mode": "enforced"}`, `mode: want enforce or report or off, not "enforced", did you mean "enforce"?`},
		"an unknown vendor":                   {`{"categories": [{"name": "analytics", "vendors": ["mixpanell"]}]}`, `category "analytics": unknown vendor "mixpanell", did you mean "mixpanel"?`},
		"a negative limit":                    {`{"limits": {"tag": -1}}`, "limits tag: want a size from 1KiB to 1GiB, not -1 bytes"},
		"a negative revision":                 {`{"revision": -1}`, "revision: must be a whole number from 0 to 2147483647"},
		"a path with a query":                 {`{"banner": {"path": "/consent?a"}}`, `banner path: want a path like "/.consent", not "/consent?a"`},
		"a cookie that is over at once":       {`{"cookie": {"max_age": "1ms"}}`, "max age must be at least a second"},
		"more categories than a decision has": {`{"categories": [` + strings.Repeat(`{"name": "a"},`, 70) + `{"name": "b"}]}`, "71 categories: there can be at most"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := provision(t, []byte(test.config))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %s", err, test.want)
			}
		})
	}
}

// An empty secret would be none: a variable that is not set must not make every answer one that anyone can forge.
func TestAnEmptySecretIsNoSecret(t *testing.T) {
	for _, word := range []string{`""`, `"{$CONSENT_TEST_NOT_SET}"`} {
		_, err := adapt("localhost\nconsent {\ncookie {\nsecret " + word + "\n}\n}")
		if err == nil || !strings.Contains(err.Error(), `cookie secret: the value of "secret" is empty`) || !strings.Contains(err.Error(), "Caddyfile:4") {
			t.Errorf("%s: %v", word, err)
		}
	}
}

// Nor is the text of a placeholder that stands for nothing. What the secret is no message tells.
func TestASecretIsNoPlaceholder(t *testing.T) {
	for word, want := range map[string]string{
		"{evn.CONSENT_SECRET}":   "there is no placeholder {evn.CONSENT_SECRET} here: want one like {env.NAME}",
		"x{http.request.host}":   "there is no placeholder {http.request.host} here: want one like {env.NAME}",
		"{env.CONSENT_SECRET":    "it has a brace that belongs to no placeholder: want one like {env.NAME}",
		"hunter2}":               "it has a brace that belongs to no placeholder: want one like {env.NAME}",
		"a{hunter2}b":            "it has a brace that belongs to no placeholder: want one like {env.NAME}",
		"{env.CONSENT_NOT_SET}":  "",
		"a{env.CONSENT_NOT_SET}": "",
	} {
		_, err := adapt("localhost\nconsent {\ncookie {\nsecret " + word + "\n}\n}")
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), "cookie secret: "+want) || !strings.Contains(err.Error(), "Caddyfile:4") || strings.Contains(err.Error(), "hunter2")) {
			t.Errorf("%s: %v, want %s", word, err, want)
		}
		if want == "" {
			want = "evaluated placeholder {env.CONSENT_NOT_SET} is empty"
		}
		if _, err := provision(t, []byte(`{"cookie": {"secret": "`+word+`"}}`)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s in JSON: %v, want %s", word, err, want)
		}
	}
}

// What is right is not refused for looking odd.
func TestOddSettingsThatAreRight(t *testing.T) {
	for _, settings := range []string{
		"banner {\npath /prüfung\n}", "banner {\npath /cookies!/(1)\n}", "banner {\nprivacy_policy mailto:privacy@example.com\n}",
		"banner {\nprivacy_policy //example.com/privacy?a=b#c\n}", "category analytics {\ncookies _a.* foo[*] {x} a|b\n}",
		"vendor acme {\ncategory analytics\nurls acme.example/{a.b}/x\n}", "source onetrust\nsource onetrust other", "cache {\nvary x-key X-Country\n}",
	} {
		if _, err := adapt("localhost\nconsent {\n" + settings + "\n}"); err != nil {
			t.Errorf("%s: %v", settings, err)
		}
	}
	for _, settings := range []string{`banner {
privacy_policy "/\\example.com"
}`, "banner {\npath /a%20b\n}", "banner {\npath /a//b\n}", "banner {\nprivacy_policy mailto:\n}", "vendor acme {\ncategory analytics\nurls {http.request.host}/x\n}"} {
		if _, err := adapt("localhost\nconsent {\n" + settings + "\n}"); err == nil {
			t.Errorf("%s is accepted", settings)
		}
	}
}

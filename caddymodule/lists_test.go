package caddymodule

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2/caddyconfig"

	"github.com/caddy-consent/caddy-consent/consent"
)

// adaptFile adapts a Caddyfile beside which these files are.
func adaptFile(t *testing.T, config string, files map[string]string) (adapted string, err error) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	name := filepath.Join(dir, "Caddyfile")
	if err := os.WriteFile(name, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	out, _, err := caddyconfig.GetAdapter("caddyfile").Adapt([]byte(config), map[string]any{"filename": name})
	if err != nil {
		err = errorText(strings.ReplaceAll(err.Error(), dir+string(filepath.Separator), ""))
	}
	return strings.ReplaceAll(string(out), dir, "DIR"), err
}

type errorText string

func (e errorText) Error() string { return string(e) }

func TestListsAreRelativeToTheCaddyfile(t *testing.T) {
	out, err := adaptFile(t, ":80\nconsent {\n\tcatalog {\n\t\tlist a.txt advertising\n\t\tlist b.json social {\n\t\t\tformat disconnect\n\t\t\tonly Social\n\t\t}\n\t}\n}\n", map[string]string{
		"a.txt": "ads.example\n", "b.json": `{"categories": {"Social": []}}`,
	})
	want := `"lists":[{"category":"advertising","file":"DIR/a.txt"},{"category":"social","file":"DIR/b.json","format":"disconnect","only":["Social"]}]`
	if err != nil || !strings.Contains(out, want) {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestAMistakeAboutAListNamesItsPlace(t *testing.T) {
	for _, c := range []struct{ line, file, want string }{
		{"list", "", `catalog list: a file and a category are missing, like: list trackers.txt advertising, at Caddyfile:4`},
		{"list a.txt", "", `catalog list: a category is missing after "a.txt", like: list a.txt advertising, at Caddyfile:4`},
		{"list b.txt social", "", `catalog list: no such file or directory: "b.txt", at Caddyfile:4`},
		{"list a.txt socail", "a.example", `list "a.txt": unknown category "socail", did you mean "social"?, at Caddyfile:4`},
		{"list a.txt social {\n format host\n}", "a.example", `catalog list: unknown format "host", did you mean "hosts"?, in "a.txt", at Caddyfile:4`},
		{"list a.txt social {\n format hosts\n formt a\n}", "a.example", `catalog list: unknown subdirective "formt", did you mean "format"?, at Caddyfile:6`},
		{"list a.txt social", "a.example\n\x00", `catalog list: a.txt:2: no text: bytes that are not UTF-8, in "a.txt", at Caddyfile:4`},
		{"list a.txt social", "[\n{\"id\": \"a\",\n\"urls\": [\"a.example\",\n\"a.example:80\"]}]", `catalog list: a.txt:4: vendor "a": URL pattern with a port (leave the port out: ports are ignored) "a.example:80", in "a.txt", at Caddyfile:4`},
		{"list a.txt social", "[\n{\"id\": \"unknown\",\n\"urls\": [\"a.example\"]}]", `catalog list: a.txt:2: vendor "unknown": pages mark with this word what belongs to no vendor; a vendor must not be named "unknown", in "a.txt", at Caddyfile:4`},
		{"list a.txt social", "[\n{\"id\": \"a\", \"Cookies\": [{\"name\": 1}]}]", `catalog list: a.txt:2: json: cannot unmarshal number into Go struct field Vendor.cookies.name of type string, in "a.txt", at Caddyfile:4`},
		{"list a.txt social", "[\n{\"id\": \"a\", \"note\": 1}]", `catalog list: a.txt:2: json: unknown field "note", in "a.txt", at Caddyfile:4`},
	} {
		t.Run(c.line, func(t *testing.T) {
			files := map[string]string{}
			if c.file != "" {
				files["a.txt"] = c.file
			}
			_, err := adaptFile(t, ":80\nconsent {\n\tcatalog {\n"+c.line+"\n\t}\n}\n", files)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

func TestAListWithoutRulesIsWarnedOf(t *testing.T) {
	for _, text := range []string{"", "# nothing\n", "[]"} {
		file := filepath.Join(t.TempDir(), "a.txt")
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		h := &Handler{Catalog: CatalogConfig{Lists: []ListConfig{{File: file, Category: "advertising"}}}}
		_, warnings, err := h.compile()
		if err != nil || len(warnings) != 1 || !strings.HasSuffix(warnings[0].Message, "a.txt has no rules") {
			t.Errorf("%q: %v %v", text, warnings, err)
		}
	}
}

func TestWhatAListSaysIsBlockedByItsKind(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"a.txt": "||tracker.invalid^$script\n||all.invalid^\nx##.ad\n", "b.json": `[{"id": "mine", "urls": ["mine.invalid"]}]`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	page := `<!doctype html><script src="https://tracker.invalid/t.js"></script><img src="https://tracker.invalid/i.png">` +
		`<img src="https://all.invalid/i.png"><script src="https://mine.invalid/t.js"></script>`
	h := &Handler{Catalog: CatalogConfig{Lists: []ListConfig{
		{File: filepath.Join(dir, "a.txt"), Category: "advertising"}, {File: filepath.Join(dir, "b.json"), Category: "analytics"},
	}}}
	policy, warnings, err := h.compile()
	if err != nil {
		t.Fatal(err)
	}
	if len(warnings) != 1 || !strings.HasSuffix(warnings[0].Message, `a.txt, read as adblock: 2 rules were taken, and 1 entries left out: 1 cosmetic rules (line 3, first "x##.ad")`) {
		t.Errorf("warnings %v", warnings)
	}
	got := explainPage([]byte(page), &asker{policy: policy, decision: policy.Decide(consent.Request{}), site: "www.shop.example"})
	var blocked []string
	for _, r := range got {
		if r.Blocked {
			blocked = append(blocked, r.Kind+" "+r.URL+" "+r.Vendor)
		}
	}
	want := []string{"script https://tracker.invalid/t.js list-a", "image https://all.invalid/i.png list-a", "script https://mine.invalid/t.js mine"}
	if strings.Join(blocked, "\n") != strings.Join(want, "\n") {
		t.Errorf("got %q", blocked)
	}
}

package caddymodule

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

var updateCommands = flag.Bool("update-commands", false, "write the golden files of the commands anew")

// run runs one of this module's commands.
func run(cmd *cobra.Command, args ...string) (out string, err error) {
	var stdout bytes.Buffer
	cmd.SetOut(&stdout)
	cmd.SetErr(&stdout)
	cmd.SetArgs(args)
	err = cmd.Execute()
	return stdout.String(), err
}

// catalogLines are places in the catalog, which move as it grows. Another test knows that
// they are right.
var catalogLines = regexp.MustCompile(`(consent/catalog/\w+\.json:)\d+|("file":"consent/catalog/\w+\.json","line":)\d+`)

func golden(t *testing.T, name, got string) {
	t.Helper()
	got = catalogLines.ReplaceAllString(got, "${1}${2}0")
	file := filepath.Join("testdata", "commands", name)
	if *updateCommands {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s", name, got, want)
	}
}

func TestExplainTellsWhichRuleDecides(t *testing.T) {
	config := filepath.Join("testdata", "commands", "Caddyfile")
	for name, what := range map[string][]string{
		"own-url":        {"https://cdn.acme.invalid/t.js"},
		"own-path":       {"/metrics/1"},
		"listed":         {"https://x.ads.invalid/a.js"},
		"listed-allowed": {"ads.invalid/ok/a.js"},
		"overruled":      {"https://connect.facebook.net/en_US/fbevents.js"},
		"kind":           {"--kind", "script", "https://connect.facebook.net/en_US/fbevents.js"},
		"except":         {"//www.facebook.com/plugins/none.php"},
		"file":           {"club.invalid/embed"},
		"unknown":        {"https://unknown.invalid/"},
		"granted":        {"--granted", "analytics", "https://stats.acme.invalid/"},
		"own-cookie":     {"_acme_id"},
		"cookie-file":    {"_club_1"},
		"cookie-ours":    {"csrf_token"},
		"cookie-answer":  {"__Host-consent"},
		"cookie-unknown": {"theme"},
		"cookie-catalog": {"_ga_ABC"},
		"page":           {filepath.Join("testdata", "commands", "page.html")},
	} {
		t.Run(name, func(t *testing.T) {
			args := append([]string{"--config", config}, what...)
			plain, err := run(explainCommand(), args...)
			if err != nil {
				t.Fatal(err)
			}
			golden(t, name+".txt", plain)
			got, err := run(explainCommand(), append(args, "--json")...)
			if err != nil || !json.Valid([]byte(got)) {
				t.Fatalf("%v\n%s", err, got)
			}
			golden(t, name+".json", got)
		})
	}
}

func TestExplainWithoutACaddyfileAsksTheCatalog(t *testing.T) {
	got, err := run(explainCommand(), "--json", "https://connect.facebook.net/en_US/fbevents.js")
	var e explained
	if jsonErr := json.Unmarshal([]byte(got), &e); err != nil || jsonErr != nil || !e.Blocked || len(e.Rules) == 0 || e.Rules[0].File != "consent/catalog/advertising.json" {
		t.Errorf("%v %v %s", err, jsonErr, got)
	}
	// The line is that of the rule.
	data, err := os.ReadFile(filepath.Join("..", filepath.FromSlash(e.Rules[0].File)))
	if err != nil {
		t.Fatal(err)
	}
	if line := strings.Split(string(data), "\n")[e.Rules[0].Line-1]; !strings.Contains(line, `"`+e.Rules[0].Pattern+`"`) {
		t.Errorf("line %d is %s", e.Rules[0].Line, line)
	}
}

func TestExplainTellsByItsFormWhatIsAsked(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"empty.html": "", "nothing.html": "<p>x"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for what, want := range map[string]string{
		"www.google-analytics.com/analytics.js": `{"kind":"url","url":"https://www.google-analytics.com/analytics.js","blocked":true,`,
		"google-analytics.com:443":              `{"kind":"url","url":"https://google-analytics.com/","blocked":true,`,
		"Google-Analytics.com?x=1":              `{"kind":"url","url":"https://google-analytics.com/?x=1","blocked":true,`,
		"localhost:8080/x.js":                   `{"kind":"url","url":"https://localhost:8080/x.js",`,
		"192.0.2.1/x.js":                        `{"kind":"url","url":"https://192.0.2.1/x.js",`,
		"/metrics/x.js":                         `{"kind":"url","url":"https://www.example.com/metrics/x.js",`,
		"metrics/x.js":                          `{"kind":"url","url":"https://www.example.com/metrics/x.js",`,
		"./x.js":                                `{"kind":"url","url":"https://www.example.com/x.js",`,
		"_ga":                                   `{"kind":"cookie","cookie":"_ga","blocked":true,`,
		"_ga=GA1.1.1/2":                         `{"kind":"cookie","cookie":"_ga","blocked":true,`,
		"set-cookie: _ga=GA1.1.1; Path=/; Secure": `{"kind":"cookie","cookie":"_ga","blocked":true,`,
		"_dd.s":                            `{"kind":"cookie","cookie":"_dd.s",`,
		filepath.Join(dir, "empty.html"):   "[]\n",
		filepath.Join(dir, "nothing.html"): "[]\n",
	} {
		got, err := run(explainCommand(), "--json", what)
		if err != nil || !strings.HasPrefix(got, want) {
			t.Errorf("%s: %v\n%s\nwant %s", what, err, got, want)
		}
	}
}

func TestExplainSaysWhatIsWrong(t *testing.T) {
	for want, args := range map[string][]string{
		`--as: want url, cookie or page, not "uri"`:                                        {"--as", "uri", "x"},
		`--granted: unknown category "analytic", did you mean "analytics"?`:                {"--granted", "analytic", "x"},
		`--host: "a b" is no host`:                                                         {"--host", "a b", "x"},
		`"https://" is no URL that a browser fetches`:                                      {"https://"},
		`there is no file absent.html; for a cookie or a URL of that name, add --as`:       {"absent.html"},
		`there is no file ./absent.html; for a cookie or a URL of that name, add --as`:     {"./absent.html"},
		`there is no file pages/absent.html; for a cookie or a URL of that name, add --as`: {"pages/absent.html"},
		`"javascript:x" is no URL that a browser fetches`:                                  {"javascript:x"},
		`"" is no name of a cookie, no URL and no file`:                                    {""},
		`"a b" is no name of a cookie, no URL and no file`:                                 {"a b"},
		`--kind: unknown kind "scrpt", did you mean "script"?`:                             {"--kind", "scrpt", "https://x.example/"},
		`--category: unknown category "analitics", did you mean "analytics"?`:              nil,
		filepath.Join("testdata", "commands", "page.html") + ` has no consent directive`:   {"--config", filepath.Join("testdata", "commands", "page.html"), "x"},
	} {
		var err error
		if args == nil {
			_, err = run(vendorsCommand(), "--category", "analitics")
		} else if strings.HasSuffix(want, "directive") {
			config := filepath.Join(t.TempDir(), "Caddyfile")
			if err := os.WriteFile(config, []byte(":80\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			want = config + " has no consent directive"
			_, err = run(explainCommand(), "--config", config, "x")
		} else {
			_, err = run(explainCommand(), args...)
		}
		if err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestVendorsListsWhoIsKnown(t *testing.T) {
	config := filepath.Join("testdata", "commands", "Caddyfile")
	got, err := run(vendorsCommand(), "--config", config, "--category", "analytics", "--json")
	var all []listedVendor
	if jsonErr := json.Unmarshal([]byte(got), &all); err != nil || jsonErr != nil {
		t.Fatal(err, jsonErr)
	}
	own, others := 0, 0
	for _, v := range all {
		switch {
		case v.Category != "analytics":
			t.Errorf("%+v is of another category", v)
		case v.ID == "acme-stats" && v.Name == "Acme Stats" && len(v.URLs) == 3:
			own++
		case v.Name != "" && v.Company != "":
			others++
		}
	}
	if own != 1 || others < 5 {
		t.Errorf("%d and %d vendors", own, others)
	}
	plain, err := run(vendorsCommand(), "--config", config)
	for _, want := range []string{"analytics    acme-stats ", "social       club ", "Acme Stats"} {
		if err != nil || !strings.Contains(plain, want) {
			t.Errorf("%v: %q is not in\n%s", err, want, plain)
		}
	}
	if strings.Contains(plain, "list-trackers") {
		t.Error("a list is no vendor")
	}
}

package caddymodule

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/caddy-consent/caddy-consent/consent"
)

// runDecode runs "caddy consent decode".
func runDecode(t *testing.T, args ...string) (out string, err error) {
	t.Helper()
	cmd := decodeCommand()
	var stdout bytes.Buffer
	cmd.SetOut(&stdout)
	cmd.SetErr(&stdout)
	cmd.SetArgs(args)
	err = cmd.Execute()
	return stdout.String(), err
}

func TestDecodeTellsWhatACookieSays(t *testing.T) {
	const (
		choice = `{"advertising":false,"analytics":true,"performance":null,"social":false}`
		empty  = `{"advertising":null,"analytics":null,"performance":null,"social":null}`
	)
	for _, c := range []struct {
		name string
		args []string
		want string
	}{
		{"the preset is found", []string{"OptanonConsent=groups=C0002%3A1%2CC0004%3A0; OptanonAlertBoxClosed=x"}, `{"source":"onetrust","state":"answered","choices":` + choice + `,"reason":"the visitor's answer"}`},
		{"a header line", []string{"cookie: a=b; OptanonConsent=groups=C0002%3A1%2CC0004%3A0"}, `{"source":"onetrust","state":"implied","choices":` + choice + `,"reason":"the consent manager set this without an answer of the visitor"}`},
		{"nothing", []string{"a=b"}, `{"source":"","state":"unanswered","choices":` + empty + `,"reason":"no cookie"}`},
		{"a broken one", []string{"--source", "vanilla", "cc_cookie={"}, `{"source":"vanilla","state":"unanswered","choices":` + empty + `,"reason":"malformed"}`},
		{"a block", []string{"--source", "source klaro {\n analytics matomo\n advertising ads\n}", `klaro={"matomo":true,"ads":false}`}, `{"source":"klaro","state":"answered","choices":` + choice + `,"reason":"the visitor's answer"}`},
		{"the first of two", []string{"--source", "klaro {\n analytics matomo\n}", "--source", "source c value analytics=y advertising=x", `c=y`}, `{"source":"c","state":"answered","choices":` + choice + `,"reason":"the visitor's answer"}`},
		{"the own cookie over TLS", []string{"__Host-consent=1.0.1.c.analytics.advertising"}, `{"source":"own","state":"unanswered","choices":` + empty + `,"reason":"expired"}`},
		{"one that only opts out", []string{"--source", "usp", "usprivacy=1YYN"}, `{"source":"usp","state":"answered","choices":{"advertising":false,"analytics":null,"performance":null,"social":false},"reason":"the visitor's answer; only what it denies counts"}`},
		{"a manager behind the bridge", []string{"--source", "termly", "consent=x"}, `{"source":"own","state":"unanswered","choices":` + empty + `,"reason":"malformed"}`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := runDecode(t, append([]string{"--json"}, c.args...)...)
			if err != nil || strings.TrimSpace(got) != c.want {
				t.Errorf("got  %s%v\nwant %s", got, err, c.want)
			}
			plain, err := runDecode(t, c.args...)
			var answer cookieAnswer
			if jsonErr := json.Unmarshal([]byte(got), &answer); err != nil || jsonErr != nil || !strings.Contains(plain, answer.State) || !strings.Contains(plain, answer.Reason) {
				t.Errorf("for people: %v %v\n%s", err, jsonErr, plain)
			}
		})
	}
}

func TestDecodeByACaddyfile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "Caddyfile")
	config := ":80 {\n\tconsent {\n\t\tsource klaro {\n\t\t\tanalytics matomo\n\t\t}\n\t}\n}\n"
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := runDecode(t, "--json", "--config", file, `klaro={"matomo":true}`)
	if err != nil || !strings.Contains(got, `"analytics":true`) {
		t.Errorf("%s %v", got, err)
	}
}

// A secret may be in the environment of who asks, as it is in Caddy's; where it is not, the rest is told.
func TestDecodeFindsTheSecret(t *testing.T) {
	file := filepath.Join(t.TempDir(), "Caddyfile")
	if err := os.WriteFile(file, []byte(":80 {\n\tconsent {\n\t\tcookie {\n\t\t\tsecret {env.CONSENT_TEST_SECRET}\n\t\t}\n\t}\n}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	h := provisioned(t)
	h.Cookie.Secret = "0123456789abcdef0123456789abcdef"
	policy, _, err := h.compile()
	if err != nil {
		t.Fatal(err)
	}
	choice := consent.Choice{At: time.Now(), How: consent.Custom, Granted: []string{"analytics"}}
	cookie := policy.CookieName(true) + "=" + policy.FormatOwn(choice, "shop.example")
	for secret, want := range map[string]string{h.Cookie.Secret: `"analytics":true`, "": `"reason":"bad signature"`} {
		t.Setenv("CONSENT_TEST_SECRET", secret)
		got, err := runDecode(t, "--json", "--config", file, "--host", "shop.example", cookie)
		if err != nil || !strings.Contains(got, want) {
			t.Errorf("with %q: %s %v", secret, got, err)
		}
	}
}

func TestDecodeSaysWhatIsWrong(t *testing.T) {
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--source", "onetrsut", "a=b"}, `--source, line 1: unknown preset "onetrsut", did you mean "onetrust"?`},
		{[]string{"--source", "klaro {\n\n analytics\n}", "a=b"}, `--source, line 3: a value is missing after "analytics"`},
		{[]string{"--source", "klaro", "a=b"}, `source "klaro": nothing tells which categories it answers for: add lines like analytics <selector>`},
	} {
		if _, err := runDecode(t, c.args...); err == nil || err.Error() != c.want {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
}

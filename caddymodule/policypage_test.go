package caddymodule_test

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/caddyserver/caddy/v2"
	_ "github.com/caddyserver/caddy/v2/modules/logging"
)

// What is published is what is enforced: the policy's own categories and vendors,
// with their cookies, and nobody else.
func TestThePublishedPolicyIsTheOneInForce(t *testing.T) {
	s := serve(t, unasked(t), `consent {
		revision 4
		category essential {
			required
			cookies session
		}
		category statistics {
			title "Statistics & more"
			description "What <b>counts</b> | visits."
			vendors google-analytics
		}
		vendor acme {
			name "Acme *Stats*"
			company "Acme Ltd"
			category statistics
			urls tracker.test
			cookies _acme_*
			privacy https://acme.example/privacy
		}
		banner {
			last_changed 2026-11-25
			privacy_policy /privacy
		}
	}`)

	a := s.get(t, "/.consent/policy.json", "Host: site.test")
	var told struct {
		LastChanged string `json:"last_changed"`
		Revision    int
		Version     string
		Settings    string
		Categories  []struct {
			Name, Title string
			Required    bool
			Cookies     []string
			Vendors     []struct {
				ID, Company, Privacy string
				LoadedFrom           []string `json:"loaded_from"`
				Cookies              []struct{ Name, Purpose, Lifetime string }
			}
		}
	}
	if err := json.Unmarshal([]byte(a.body), &told); err != nil || a.Header.Get("Content-Type") != "application/json" {
		t.Fatalf("%v %q", err, a.body)
	}
	if told.Revision != 4 || told.LastChanged != "2026-11-25" || told.Version == "" || told.Settings != "/.consent/" {
		t.Errorf("%+v", told)
	}
	if len(told.Categories) != 2 || !told.Categories[0].Required || told.Categories[0].Cookies[0] != "session" {
		t.Fatalf("%+v", told.Categories)
	}
	statistics := told.Categories[1]
	if len(statistics.Vendors) != 2 {
		t.Fatalf("%+v", statistics.Vendors)
	}
	found := map[string]bool{}
	for _, v := range statistics.Vendors {
		for _, c := range v.Cookies {
			found[v.ID+" "+c.Name] = c.Purpose != "" || v.ID == "acme"
		}
	}
	if !found["google-analytics _ga"] || !found["acme _acme_*"] {
		t.Errorf("cookies with purposes: %v", found)
	}

	page := s.get(t, "/.consent/policy").body
	for _, want := range []string{
		"Statistics &amp; more", "What &lt;b&gt;counts&lt;/b&gt;", "Acme *Stats*", `href="https://acme.example/privacy"`,
		`<code dir="ltr">_acme_*</code>`, `<code dir="ltr">tracker.test</code>`, `href="/.consent/"`, `<time datetime="2026-11-25">`, `href="/privacy"`, "<html lang",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %s", want)
		}
	}
	if strings.Contains(page, "facebook") {
		t.Error("the page names a vendor that the policy leaves out")
	}
	fragment := s.get(t, "/.consent/policy?fragment").body
	if strings.Contains(fragment, "<html") || !strings.Contains(fragment, `<code dir="ltr">_acme_*</code>`) {
		t.Errorf("the fragment: %.200s", fragment)
	}
	markdown := s.get(t, "/.consent/policy.md")
	for _, want := range []string{"## Statistics \\& more", `What \<b\>counts\</b\> \| visits.`, `### Acme \*Stats\*`, "| `_acme_*` | not stated | not stated |"} {
		if !strings.Contains(markdown.body, want) {
			t.Errorf("the Markdown has no %s:\n%s", want, markdown.body)
		}
	}
	if got := markdown.Header.Get("Content-Type"); got != "text/markdown; charset=utf-8" {
		t.Error(got)
	}
}

// Whom the site names is shown first, and counted where visitors choose; the rest of the catalog, which is enforced as
// well, stands behind. A policy that names nobody shows all.
func TestThePublishedPolicyShowsFirstWhomTheSiteNames(t *testing.T) {
	s := serve(t, unasked(t), `consent {
		category essential {
			required
		}
		category analytics {
			vendors matomo
		}
		category social {
			vendors gravatar
		}
		category advertising
		vendor acme {
			category analytics
			urls tracker.test
		}
	}`)
	page := s.get(t, "/.consent/policy").body
	_, analytics, _ := strings.Cut(page, `<h2 id="analytics">`)
	analytics, rest, _ := strings.Cut(analytics, `<h2 id="social">`)
	first, others, behind := strings.Cut(analytics, "<details>")
	if !behind || strings.Count(first, "<h3>") != 2 || !strings.Contains(first, "<h3>Matomo") || !strings.Contains(first, "<h3>acme") ||
		!strings.Contains(others, "<h3>Mixpanel") || strings.Contains(others, "<h3>Matomo") {
		t.Errorf("%.2000s", analytics)
	}
	social, advertising, _ := strings.Cut(rest, `<h2 id="advertising">`)
	if first, _, _ := strings.Cut(social, "<details>"); strings.Count(first, "<h3>") != 2 {
		t.Errorf("not the two of a group: %.1000s", first)
	}
	if strings.Contains(advertising, "<details>") || strings.Count(advertising, "<h3>") < 20 {
		t.Errorf("a category that names nobody: %.1000s", advertising)
	}
	markdown := s.get(t, "/.consent/policy.md").body
	matomo, mixpanel := strings.Index(markdown, "### Matomo"), strings.Index(markdown, "### Mixpanel")
	if more := strings.Index(markdown, "Others that this server recognises"); matomo < 0 || more < matomo || mixpanel < more {
		t.Errorf("in Markdown at %d, %d and %d", matomo, more, mixpanel)
	}
	if chosen := s.get(t, "/.consent/").body; !strings.Contains(chosen, "<summary>Vendors: 2</summary>") || strings.Contains(chosen, "Mixpanel") ||
		!strings.Contains(chosen, `<a href="/.consent/policy#analytics">Others that this server recognises`) {
		t.Error("visitors are not asked about whom the site names, and told where the others are")
	}
	if state := s.get(t, "/.consent/state").body; !strings.Contains(state, `"vendors":2`) {
		t.Errorf("the banner counts %s", state)
	}
}

// The policy can stand in a page of the site's own.
func TestThePolicyIsIncludedWithTemplates(t *testing.T) {
	folder := t.TempDir()
	const page = `<!doctype html><title>x</title><h1>Our cookies</h1>{{httpInclude "/.consent/policy?fragment"}}`
	if err := os.WriteFile(filepath.Join(folder, "cookies.html"), []byte(page), 0o600); err != nil {
		t.Fatal(err)
	}
	s := serve(t, unasked(t), "root "+folder+"\nconsent {\n"+policy+"\n}\ntemplates\nfile_server")
	a := s.get(t, "/cookies.html", "Accept: text/html")
	if !strings.Contains(a.body, "<h1>Our cookies</h1>") || !strings.Contains(a.body, "<h3>Acme Stats</h3>") {
		t.Errorf("%d %s", a.StatusCode, a.body)
	}
}

// The policy and the receipt speak the visitor's language, or that of the page they
// stand in; what the policy calls its own stays.
func TestThePolicyAndTheReceiptSpeakTheVisitorsLanguage(t *testing.T) {
	s := serve(t, unasked(t), "consent {\nunanswered allow\ncategory essential {\nrequired\n}\ncategory analytics\ncategory maps {\ntitle Maps\n}\n}")
	for _, c := range []struct {
		path, accept string
		want         []string
	}{
		{"policy", "de", []string{`<html lang="de" dir="ltr">`, "<h1>Cookie-Richtlinie von site.test</h1>", ">Analyse-Cookies<", ">Maps<", ">Cookie-Einstellungen<", ">Speicherdauer<", "Ein, sofern Sie es nicht ablehnen.", ">Datenschutzerklärung<"}},
		{"policy", "ar", []string{`<html lang="ar" dir="rtl">`, ">اختيارك<"}},
		{"policy?fragment&lang=fr", "de", []string{`<section class="consent-policy" lang="fr" dir="ltr">`, "Chargé depuis"}},
		{"policy", "", []string{`<html lang="en" dir="ltr">`, "<h1>Cookie policy of site.test</h1>", "On unless you reject it."}},
		{"policy.md", "pl", []string{"# Polityka plików cookie serwisu site.test\n", "| Plik cookie | Cel | Okres przechowywania |", "[Ustawienia plików cookie](/.consent/)"}},
		{"policy.json", "nl", []string{`"lang": "nl"`, `"title": "Analytische cookies"`, `"title": "Maps"`}},
		{"receipt", "es", []string{`<html lang="es" dir="ltr">`, "<h1>Su elección en site.test</h1>", "Todavía no ha respondido", "Maps"}},
	} {
		a := s.get(t, "/.consent/"+c.path, "Host: site.test", "Accept-Language: "+c.accept)
		for _, want := range c.want {
			if !strings.Contains(a.body, want) {
				t.Errorf("%s in %q has no %s:\n%.1500s", c.path, c.accept, want, a.body)
			}
		}
		if !strings.Contains(strings.Join(a.Header["Vary"], ", "), "Accept-Language") {
			t.Errorf("%s: Vary is %q", c.path, a.Header["Vary"])
		}
	}
	chosen := s.choose(t, "choice=reject", "Host: site.test").Cookies()[0]
	a := s.get(t, "/.consent/receipt", "Host: site.test", "Accept-Language: it", "Cookie: "+chosen.Name+"="+chosen.Value)
	for _, want := range []string{"Questo è ciò che il tuo browser conserva", "tutto rifiutato", "Cookie di analisi, Maps"} {
		if !strings.Contains(a.body, want) {
			t.Errorf("the receipt has no %s:\n%s", want, a.body)
		}
	}
}

// Each choice is an entry of its own log, and its visitor can see it.
func TestAChoiceIsRecorded(t *testing.T) {
	file := filepath.Join(t.TempDir(), "records.json")
	addr := freeAddr(t)
	load(t, `{
	admin off
	persist_config off
	auto_https off
	grace_period 1ns
	log {
		output discard
	}
	log records {
		output file `+file+`
		include http.handlers.consent.records
	}
}
http://`+addr+` {
	bind 127.0.0.1
	consent {
		revision 0
		records {
			address truncated
			receipt
		}
`+policy+`
	}
}
`)
	s := &site{addr: addr, client: plainClient(addr)}
	a := s.choose(t, "choice=save&category=analytics", "Host: "+addr)
	var cookies []string
	for _, c := range a.Cookies() {
		cookies = append(cookies, c.Name+"="+c.Value)
		if strings.HasSuffix(c.Name, "-receipt") && (c.Path != "/.consent/" || !c.HttpOnly) {
			t.Errorf("%v", c)
		}
	}
	var receipt struct {
		Answered    bool
		At, How, ID string
		Granted     []string
		Denied      []string
		Revision    int
		Version     string
	}
	told := s.get(t, "/.consent/receipt.json", "Cookie: "+strings.Join(cookies, "; "))
	if err := json.Unmarshal([]byte(told.body), &receipt); err != nil {
		t.Fatal(err)
	}
	_ = caddy.Stop() // the log is written
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var entry struct {
		Logger, Msg, ID, Host, Policy, How, Network string
		Revision                                    int
		Granted, Denied                             []string
	}
	if err := json.Unmarshal(data, &entry); err != nil {
		t.Fatalf("%v: %s", err, data)
	}
	if entry.Logger != "http.handlers.consent.records" || entry.Msg != "choice" || entry.How != "custom" ||
		entry.Network != "127.0.0.0/24" || len(entry.Granted) != 1 || entry.Granted[0] != "analytics" || entry.Policy == "" {
		t.Errorf("%+v", entry)
	}
	if receipt.ID == "" || receipt.ID != entry.ID || receipt.Version != entry.Policy || receipt.How != "custom" ||
		!receipt.Answered || receipt.At == "" || strings.Join(receipt.Granted, " ") != "essential analytics" || len(receipt.Denied) != 0 {
		t.Errorf("receipt %+v of %+v", receipt, entry)
	}
}

// A receipt says what is there, and reflects nothing that is not an id.
func TestAReceiptOfNothing(t *testing.T) {
	s := serve(t, unasked(t), encoded)
	for _, cookie := range []string{"a=b", denied + "; consent-receipt=<script>", "consent=garbage; consent-receipt=AAAAAAAAAAAAAAAAAAAAAAAAAA"} {
		a := s.get(t, "/.consent/receipt", "Cookie: "+cookie)
		if a.StatusCode != http.StatusOK || strings.Contains(a.body, "script") || strings.Contains(a.body, "AAAA") || a.Header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %d %s", cookie, a.StatusCode, a.body)
		}
	}
}

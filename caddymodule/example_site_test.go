package caddymodule_test

import (
	"context"
	"encoding/json"
	"io"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

var discardLog = log.New(io.Discard, "", 0)

// form is one way in which the example site carries a vendor.
type form struct {
	Vendor     string   `json:"vendor"`
	Category   string   `json:"category"`
	Form       string   `json:"form"`
	Page       string   `json:"page"`
	URL        string   `json:"url"`        // what is contacted begins with this
	JavaScript bool     `json:"javascript"` // false: only where scripting is off
	Needs      []string `json:"needs"`
}

const exampleDir = "../examples/deskpro"

func exampleForms(t *testing.T) []form {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(exampleDir, "forms.json"))
	if err != nil {
		t.Fatal(err)
	}
	var forms []form
	if err := json.Unmarshal(data, &forms); err != nil {
		t.Fatal(err)
	}
	return forms
}

// exampleCaddyfile is a Caddyfile of the repository, moved to another address.
func exampleCaddyfile(t *testing.T, file, addr string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	config := string(data)
	for from, to := range map[string]string{
		"http://localhost:8080 {":    "http://" + addr + " {\n\tbind 127.0.0.1",
		"root examples/deskpro/site": "root " + exampleDir + "/site",
		"\tauto_https off\n":         "\tauto_https off\n\tpersist_config off\n\tgrace_period 1ns\n",
	} {
		if !strings.Contains(config, from) {
			t.Fatalf("%s: %q is not in it", file, from)
		}
		config = strings.Replace(config, from, to, 1)
	}
	return config
}

// localAddr is a free address whose host browsers take for localhost.
func localAddr(t *testing.T) string {
	return strings.Replace(freeAddr(t), "127.0.0.1", "localhost", 1)
}

// choices are the answers that the example site is visited with: the form is
// filled in with the mouse, and works without scripting.
var choices = []struct {
	name    string
	button  string   // empty: the visitor does not answer
	checked []string // for "save"
	granted []string
}{
	{name: "no choice", granted: []string{"essential"}},
	{name: "reject all", button: "reject", granted: []string{"essential"}},
	{name: "analytics alone", button: "save", checked: []string{"analytics"}, granted: []string{"essential", "analytics"}},
	{name: "performance alone", button: "save", checked: []string{"performance"}, granted: []string{"essential", "performance"}},
	{name: "advertising alone", button: "save", checked: []string{"advertising"}, granted: []string{"essential", "advertising"}},
	{name: "social media alone", button: "save", checked: []string{"social"}, granted: []string{"essential", "social"}},
	{name: "accept all", button: "accept", granted: []string{"essential", "analytics", "performance", "advertising", "social"}},
}

// Each of the twenty vendors, in each form that its documentation prescribes,
// is contacted if and only if the visitor allowed its categories.
func TestBrowserExampleSiteObeysToTheLetter(t *testing.T) {
	for _, file := range []string{exampleDir + "/Caddyfile", "../Caddyfile.example"} {
		t.Run(filepath.Base(file), func(t *testing.T) {
			addr := localAddr(t)
			load(t, exampleCaddyfile(t, file, addr))
			visitExample(t, "http://"+addr)
		})
	}
}

func visitExample(t *testing.T, site string) {
	forms := exampleForms(t)
	var pages []string
	for _, f := range forms {
		if !slices.Contains(pages, f.Page) {
			pages = append(pages, f.Page)
		}
	}
	net := record(t)
	tab := browser(t, net)
	counted := false // the server's analytics cookie was allowed once
	for _, c := range choices {
		t.Run(c.name, func(t *testing.T) {
			choose(t, tab, site, c.button, c.checked)
			net.take()
			for _, page := range pages {
				for _, scripting := range []bool{true, false} {
					visit(t, tab, site+page, scripting)
					requests, hosts := net.take()
					checkContacts(t, forms, page, scripting, c.granted, requests, hosts)
				}
			}
			if counted = counted || slices.Contains(c.granted, "analytics"); counted == slices.Contains(c.granted, "analytics") {
				checkJar(t, tab, site, counted)
			}
		})
	}
}

// choose answers on the consent page as a visitor would.
func choose(t *testing.T, tab context.Context, site, button string, checked []string) {
	t.Helper()
	if button == "" {
		return
	}
	visit(t, tab, site+"/.consent/?return=/privacy.html", false)
	ctx, cancel := context.WithTimeout(tab, 20*time.Second)
	defer cancel()
	for _, category := range []string{"analytics", "performance", "advertising", "social"} {
		if button != "save" {
			break
		}
		box := chromedp.CSS(`input[value="` + category + `"]`)
		is, err := chromedp.Run(ctx, chromedp.JavascriptAttribute[bool](box, "checked"))
		if err == nil && is != slices.Contains(checked, category) {
			err = chromedp.Do(ctx, chromedp.Click(box))
		}
		if err != nil {
			t.Fatalf("ticking %s: %v", category, err)
		}
	}
	if err := chromedp.Do(ctx,
		chromedp.Click(chromedp.CSS(`button[value="`+button+`"]`)), chromedp.WaitVisible(chromedp.CSS(".hero")),
	); err != nil {
		t.Fatalf("choosing %s: %v", button, err)
	}
	title, err := chromedp.Run(ctx, chromedp.Title())
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(title, "Privacy") {
		t.Fatalf("after choosing %s the visitor is at %q", button, title)
	}
}

func checkContacts(t *testing.T, forms []form, page string, scripting bool, granted, requests []string, hosts map[string]bool) {
	t.Helper()
	known := map[string]bool{}
	for _, f := range forms {
		allowed := !slices.ContainsFunc(f.Needs, func(c string) bool { return !slices.Contains(granted, c) })
		contacted := slices.ContainsFunc(requests, func(r string) bool { return strings.HasPrefix(r, f.URL) })
		if allowed {
			host, _, _ := strings.Cut(f.URL, "/")
			known[host] = true // on any page: preconnect hints name hosts of other pages
		}
		if f.Page != page || !f.JavaScript && scripting {
			continue
		}
		// Without scripting a form that needs it cannot be seen either way.
		if contacted && !allowed || allowed && !contacted && (scripting || !f.JavaScript) {
			t.Errorf("%s, scripting %v: %s, %s: contacted %v, allowed %v", page, scripting, f.Vendor, f.Form, contacted, allowed)
		}
	}
	for host := range hosts {
		if !known[host] {
			t.Errorf("%s, scripting %v: contacted %s, of which no allowed vendor is the owner", page, scripting, host)
		}
	}
}

// checkJar looks at the cookies that the server set on every page.
func checkJar(t *testing.T, tab context.Context, site string, analytics bool) {
	t.Helper()
	visit(t, tab, site+"/", true)
	cookies, err := chromedp.Run(tab, chromedp.Evaluate[string]("document.cookie"))
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Contains(cookies, "visits="); got != analytics {
		t.Errorf("the analytics cookie of the server: in the browser %v, allowed %v (%s)", got, analytics, cookies)
	}
}

package caddymodule

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/caddy-consent/caddy-consent/consent"
	"github.com/caddy-consent/caddy-consent/consent/weburl"
	"github.com/caddy-consent/caddy-consent/internal/nearest"
	"github.com/caddy-consent/caddy-consent/rewrite"
)

// explainOptions are what the command line of "caddy consent explain" says.
type explainOptions struct {
	config  string
	host    string
	granted []string
	fetched string
	as      string
	asJSON  bool
}

// What is explained.
const (
	asURL    = "url"
	asCookie = "cookie"
	asPage   = "page"
)

func explainCommand() *cobra.Command {
	var o explainOptions
	cmd := &cobra.Command{
		Use:   "explain [--config <Caddyfile>] [--host <host>] [--granted <categories>] [--json] <url | cookie name | file.html>",
		Short: "Tells which rule decides about a URL, a cookie, or all that a page loads",
		Long: `
Prints the verdict for a visitor who has allowed nothing, or the categories of
--granted, the rule that decides with its file and line, and the rules that it
overrules. Of a page every resource and inline script is judged.

--config takes the policies of a Caddyfile; without it, it is the one of "consent"
alone. What kind of argument it is shows in its form; --as url, cookie or page
overrides that.`,
		Example: `  caddy consent explain https://www.googletagmanager.com/gtag/js?id=G-1
  caddy consent explain --config Caddyfile _ga_ABC
  curl -s https://www.example.com/ >page.html; caddy consent explain --host www.example.com page.html`,
		Args:         cobra.ExactArgs(1),
		SilenceUsage: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			return o.explain(cmd.OutOrStdout(), args[0])
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.config, "config", "", "the Caddyfile whose policies are to be used")
	flags.StringVar(&o.host, "host", "www.example.com", "the site's host: what is of this site is no third party")
	flags.StringSliceVar(&o.granted, "granted", nil, "the categories that the visitor has allowed")
	flags.StringVar(&o.fetched, "kind", "", "what a URL is fetched for: script, frame, image, style, media, object or other; rules of lists may be for some of these only")
	flags.StringVar(&o.as, "as", "", "what it is: url, cookie or page")
	flags.BoolVar(&o.asJSON, "json", false, "print JSON: an object, of a page an array; a line for each consent directive")
	return cmd
}

// explained is what the command says of a URL, a cookie or a script, as JSON.
type explained struct {
	Kind     string   `json:"kind"` // of a page's resources; url or cookie
	Element  string   `json:"element,omitempty"`
	URL      string   `json:"url,omitempty"`
	Cookie   string   `json:"cookie,omitempty"`
	Script   string   `json:"script,omitempty"` // how it begins
	Blocked  bool     `json:"blocked"`
	Known    bool     `json:"known"`
	Verdict  string   `json:"verdict"` // for people
	Vendor   string   `json:"vendor,omitempty"`
	Category string   `json:"category,omitempty"`
	Rules    []origin `json:"rules"` // the first decides
}

// origin is a rule and where it stands.
type origin struct {
	Pattern string `json:"pattern"`
	Of      string `json:"of"`
	Vendor  string `json:"vendor,omitempty"`
	Name    string `json:"name,omitempty"`
	Allow   bool   `json:"allow,omitempty"`
	File    string `json:"file,omitempty"`
	Line    int    `json:"line,omitempty"`
}

// explain prints what a policy makes of what.
func (o *explainOptions) explain(out io.Writer, what string) error {
	handlers, err := handlersOf(o.config)
	if err != nil {
		return err
	}
	as, err := o.kind(what)
	if err != nil {
		return err
	}
	var page []byte
	if as == asPage {
		if page, err = os.ReadFile(filepath.Clean(what)); err != nil {
			return err
		}
	}
	for i, h := range handlers {
		a, err := o.asker(h)
		if err != nil {
			return err
		}
		var answers []explained
		switch as {
		case asURL:
			answer, err := a.url(what, o.fetched)
			if err != nil {
				return err
			}
			answers = append(answers, answer)
		case asCookie:
			name := cookieName(what)
			if consent.CookiePatternProblem(name) != "" || strings.Contains(name, "*") {
				return fmt.Errorf("%q is no name of a cookie, no URL and no file", what)
			}
			answers = append(answers, a.cookie(name))
		default:
			answers = explainPage(page, a)
		}
		if len(handlers) > 1 && !o.asJSON {
			if _, err := fmt.Fprintf(out, "consent directive %d of %d\n", i+1, len(handlers)); err != nil {
				return err
			}
		}
		if err := o.print(out, as, answers); err != nil {
			return err
		}
	}
	return nil
}

// asker asks a policy for one visitor.
type asker struct {
	policy   *consent.Policy
	decision consent.Decision
	site     string
	places   ruleFiles
}

func (o *explainOptions) asker(h *Handler) (*asker, error) {
	a := &asker{policy: h.policy, site: weburl.Host(o.host), places: ruleFiles{files: h.files, config: o.config}}
	if a.site == "" {
		return nil, fmt.Errorf("--host: %q is no host", o.host)
	}
	var known []string
	for _, c := range h.policy.Categories() {
		known = append(known, c.Name)
		if bit, _ := h.policy.Category(c.Name); c.Required || slices.Contains(o.granted, c.Name) {
			a.decision.Granted = a.decision.Granted.With(bit)
		}
	}
	for _, name := range o.granted {
		if !slices.Contains(known, name) {
			return nil, &consent.Error{Subject: "--granted", Word: name, Problem: "unknown category", Nearest: nearest.Word(name, known)}
		}
	}
	if o.config != "" {
		return a, a.places.read()
	}
	return a, nil
}

// url explains a URL; without a scheme and a host it is of the site.
func (a *asker) url(text, fetched string) (explained, error) {
	kind, word := consent.Kinds(0), asURL
	if fetched != "" {
		var known []string
		for k := rewrite.Script; k <= rewrite.Other; k++ {
			if known = append(known, k.String()); k.String() == fetched {
				kind, word = kinds[k], fetched
			}
		}
		if word == asURL {
			return explained{}, &consent.Error{Subject: "--kind", Word: fetched, Problem: "unknown kind", Nearest: nearest.Word(fetched, known)}
		}
	}
	if !strings.Contains(text, "://") && !strings.HasPrefix(text, "/") && startsWithHost(text) {
		text = "//" + text
	}
	base := a.base()
	var u weburl.URL
	if !u.Parse([]byte(text), &base) {
		return explained{}, fmt.Errorf("%q is no URL that a browser fetches", text)
	}
	return a.resource(&u, kind, word), nil
}

// base is the URL of the site's front page.
func (a *asker) base() weburl.URL {
	var u weburl.URL
	u.Parse([]byte("https://"+a.site+"/"), nil)
	return u.Clone()
}

// resource explains a URL of a kind.
func (a *asker) resource(u *weburl.URL, kind consent.Kinds, word string) explained {
	site := []byte(a.site)
	rules := a.policy.ExplainURL(u, site, kind)
	v := a.policy.Resource(u, site, kind, &a.decision)
	out := explained{Kind: word, URL: u.String(), Blocked: v.Blocked, Known: v.Known, Vendor: v.Vendor, Category: v.Category}
	a.rules(&out, rules)
	switch {
	case len(rules) > 0 && rules[0].Of == "except":
		out.Verdict = "allowed: an exception of this site's"
	case v.Blocked && !v.Known:
		out.Verdict = "blocked: no rule knows this third party, and unknown hosts are blocked"
	case !v.Known:
		out.Verdict = "allowed: no rule knows it"
	case v.Blocked:
		out.Verdict = "blocked: " + v.VendorName + " needs " + v.Category
	case len(rules) > 0 && rules[0].Allow:
		out.Verdict = "allowed: an exception of the list"
	default:
		out.Verdict = "allowed: " + v.VendorName + " needs " + strings.Join(a.policy.VendorCategories(v.Vendor), ", ")
	}
	return out
}

// cookie explains a cookie's name.
func (a *asker) cookie(name string) explained {
	v := a.policy.Cookie(name, &a.decision)
	out := explained{Kind: asCookie, Cookie: name, Blocked: !v.Allow, Known: v.Known, Vendor: v.Vendor, Category: v.Category}
	rules := a.policy.ExplainCookie(name)
	a.rules(&out, rules)
	owner := v.Vendor
	if owner == "" {
		owner = "it"
	}
	switch {
	case v.Own:
		out.Verdict = "allowed: it holds the visitor's answer"
	case len(rules) > 0 && rules[0].Of == "source":
		out.Verdict = "allowed: a consent manager's, which is asked"
	case !v.Known && !v.Allow:
		out.Verdict = "stripped: no rule knows it, and unknown cookies are stripped"
	case !v.Known && v.Session:
		out.Verdict = "allowed for the session: no rule knows it"
	case !v.Known:
		out.Verdict = "allowed: no rule knows it"
	case !v.Allow:
		out.Verdict = "stripped: " + owner + " needs " + v.Category
	case v.Session:
		out.Verdict = "allowed for the session, because " + a.denied(&v) + " is denied"
	case v.Cap > 0:
		out.Verdict = "allowed for " + v.Cap.String() + ", because " + a.denied(&v) + " is denied"
	case len(rules) > 0 && rules[0].Allow:
		out.Verdict = "allowed: always kept"
	default:
		needs := a.policy.VendorCategories(v.Vendor)
		if v.Vendor == "" {
			needs = []string{v.Category}
		}
		out.Verdict = "allowed: " + owner + " needs " + strings.Join(needs, ", ")
	}
	return out
}

// denied names the categories that a cookie lacks which passes all the same.
func (a *asker) denied(v *consent.CookieVerdict) string {
	needs := []string{v.Category}
	if v.Vendor != "" {
		needs = a.policy.VendorCategories(v.Vendor)
	}
	return strings.Join(slices.DeleteFunc(needs, func(c string) bool { return a.policy.Granted(&a.decision, c) }), ", ")
}

// rules adds the rules, with where they stand.
func (a *asker) rules(out *explained, rules []consent.Rule) {
	out.Rules = []origin{}
	for i := range rules {
		r := &rules[i]
		file, line := a.places.of(r)
		vendor := r.Vendor
		if vendor == "" {
			vendor = r.Category
		}
		out.Rules = append(out.Rules, origin{Pattern: r.Pattern, Of: r.Of, Vendor: vendor, Name: r.Name, Allow: r.Allow, File: file, Line: line})
	}
}

// print writes the answers: of a page a line for each and its rule, else all rules.
func (o *explainOptions) print(out io.Writer, as string, answers []explained) error {
	if o.asJSON {
		enc := json.NewEncoder(out)
		enc.SetEscapeHTML(false)
		if as == asPage {
			return enc.Encode(answers)
		}
		return enc.Encode(answers[0])
	}
	var text strings.Builder
	blocked := 0
	for i := range answers {
		e := &answers[i]
		if e.Blocked {
			blocked++
		}
		fmt.Fprintf(&text, "%s %s\n  %s\n", e.Kind, e.URL+e.Cookie+e.Script, e.Verdict)
		for n, r := range e.Rules {
			word := "overruled"
			if n == 0 || e.Kind == "inline script" {
				word = "by rule"
			}
			fmt.Fprintf(&text, "  %-9s %s\n", word, r.describe())
			if as == asPage && e.Kind != "inline script" {
				break
			}
		}
	}
	if as == asPage {
		fmt.Fprintf(&text, "%d resources and scripts, %d blocked\n", len(answers), blocked)
	}
	_, err := io.WriteString(out, text.String())
	return err
}

// describe says a rule in words.
func (r *origin) describe() string {
	text := r.Pattern
	if r.Allow && r.Of == "list" {
		text += " (an exception)"
	}
	switch {
	case r.Vendor != "" && r.Name != "" && r.Name != r.Vendor:
		text += ", " + r.Name + " (" + r.Vendor + ")"
	case r.Vendor != "":
		text += ", " + r.Vendor
	case r.Of != "":
		text += ", " + r.Of
	}
	if r.File != "" {
		text += fmt.Sprintf(", %s:%d", r.File, r.Line)
	}
	return text
}

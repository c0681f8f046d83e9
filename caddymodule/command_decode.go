package caddymodule

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/caddy-consent/caddy-consent/consent"
	"github.com/caddy-consent/caddy-consent/consent/source"
)

// decodeOptions are what the command line of "caddy consent decode" says.
type decodeOptions struct {
	sources []string
	config  string
	host    string
	asJSON  bool
}

func decodeCommand() *cobra.Command {
	var o decodeOptions
	cmd := &cobra.Command{
		Use:   "decode [--source <source>] [--config <Caddyfile>] [--json] <cookie header | name=value>",
		Short: "Tells what a consent cookie says",
		Long: `
Reads a Cookie header, or one cookie, as the module would, and prints which
source read it, what it found, and why.

--source takes a source as it stands in the Caddyfile, a preset's name or a
whole block, with or without the word "source"; it may be given several times.
--config takes the sources of the consent directives of a Caddyfile. Without
either, the own cookie and all presets are tried.`,
		Example: `  caddy consent decode 'OptanonConsent=groups=C0001%3A1%2CC0002%3A0; OptanonAlertBoxClosed=2026-01-01'
  caddy consent decode --json --source 'klaro {
      analytics matomo
  }' 'klaro=%7B%22matomo%22%3Atrue%7D'`,
		Args:         cobra.ExactArgs(1),
		SilenceUsage: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			return decode(cmd.OutOrStdout(), &o, args[0], time.Now())
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&o.sources, "source", nil, "a source: a preset's name, or a whole block of the grammar")
	flags.StringVar(&o.config, "config", "", "the Caddyfile whose sources are to be used")
	flags.StringVar(&o.host, "host", "", "the site's host, which signed cookies of this module depend on")
	flags.BoolVar(&o.asJSON, "json", false, "print one JSON object")
	return cmd
}

// cookieAnswer is what the command prints as JSON.
type cookieAnswer struct {
	Source  string           `json:"source"`
	State   string           `json:"state"`
	Choices map[string]*bool `json:"choices"`
	Reason  string           `json:"reason"`
}

// decode prints what the sources make of a Cookie header.
func decode(out io.Writer, o *decodeOptions, header string, now time.Time) error {
	header = strings.TrimSpace(header)
	if rest, ok := strings.CutPrefix(strings.ToLower(header), "cookie:"); ok {
		header = strings.TrimSpace(header[len(header)-len(rest):])
	}
	policies, err := o.policies()
	if err != nil {
		return err
	}
	var readings []consent.SourceReading
	for _, policy := range policies {
		request := consent.Request{Cookies: []string{header}, Host: o.host, Now: now}
		found := policy.ReadSources(request)
		if policy.CookieName(true) != policy.CookieName(false) && slices.ContainsFunc(found, isSilentOwn) {
			request.Secure = true // the name that the own cookie has over TLS
			found = policy.ReadSources(request)
		}
		readings = append(readings, found...)
	}
	best := bestReading(readings)
	answer := cookieAnswer{Source: best.Source, State: best.State.String(), Reason: explain(&best)}
	answer.Choices = map[string]*bool{}
	for _, c := range consent.DefaultCategories() {
		if !c.Required {
			answer.Choices[c.Name] = nil // nothing is said of it, unless that follows
		}
	}
	maps.Copy(answer.Choices, best.Choices)
	if best.Reason == source.ReasonNoCookie {
		answer.Source = ""
	}
	if o.asJSON {
		return json.NewEncoder(out).Encode(answer)
	}
	if err := answer.print(out); err != nil {
		return err
	}
	return printOthers(out, readings, best.Source)
}

// printOthers lists what else was found: a decision may depend on it.
func printOthers(out io.Writer, readings []consent.SourceReading, shown string) error {
	for i := range readings {
		r := &readings[i]
		if r.Source == shown || r.Reason == source.ReasonNoCookie {
			continue
		}
		if _, err := fmt.Fprintf(out, "\nalso read: %s, %s (%s)\n", r.Source, r.State, explain(r)); err != nil {
			return err
		}
	}
	return nil
}

func isSilentOwn(r consent.SourceReading) bool {
	return r.Source == source.Own && r.Reason == source.ReasonNoCookie
}

// bestReading is the one that counts: an answer before what was implied, that
// before a signal which only denies, and that before a cookie that holds no answer.
// Of equals the first.
func bestReading(readings []consent.SourceReading) consent.SourceReading {
	worth := func(r *consent.SourceReading) int {
		if r.State == consent.Unanswered && r.Reason == source.ReasonNoCookie {
			return -1
		}
		if r.OptOut && r.State != consent.Unanswered {
			return 1
		}
		return 2 * int(r.State)
	}
	best := consent.SourceReading{Reason: source.ReasonNoCookie}
	for i := range readings {
		if i == 0 || worth(&readings[i]) > worth(&best) {
			best = readings[i]
		}
	}
	return best
}

// explain says why the state is what it is.
func explain(r *consent.SourceReading) string {
	switch {
	case r.Reason != "":
		return r.Reason
	case r.State == consent.Implied:
		return "the consent manager set this without an answer of the visitor"
	case r.OptOut:
		return "the visitor's answer; only what it denies counts"
	}
	return "the visitor's answer"
}

// print writes a decoded cookie for people.
func (d *cookieAnswer) print(out io.Writer) error {
	name := d.Source
	if name == "" {
		name = "none"
	}
	t := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	var lines strings.Builder
	lines.WriteString("source\t" + name + "\nstate\t" + d.State + "\nreason\t" + d.Reason + "\n")
	for _, category := range slices.Sorted(maps.Keys(d.Choices)) {
		word := "nothing said"
		if choice := d.Choices[category]; choice != nil && *choice {
			word = "granted"
		} else if choice != nil {
			word = "denied"
		}
		lines.WriteString(category + "\t" + word + "\n")
	}
	if _, err := io.WriteString(t, lines.String()); err != nil {
		return err
	}
	return t.Flush()
}

// policies are what the cookie is read by: one for each site of a Caddyfile, one
// of the given sources, or one with every preset that needs no more than its name.
func (o *decodeOptions) policies() ([]*consent.Policy, error) {
	if o.config != "" {
		return policiesOf(o.config)
	}
	cfg := consent.Config{Bridge: true}
	for _, text := range o.sources {
		c, err := source.Parse(text)
		if err != nil {
			return nil, describe(err)
		}
		cfg.Categories = withCategories(cfg.Categories, &c)
		cfg.Sources = append(cfg.Sources, c)
	}
	if len(o.sources) > 0 {
		cfg.Bridge = slices.ContainsFunc(cfg.Sources, func(c source.Config) bool { return source.NeedsBridge(c.Preset) })
	} else {
		cfg.Sources = []source.Config{{Preset: source.Own}}
		for _, name := range source.Presets() {
			c := source.Config{Preset: name}
			if _, err := source.Compile(c); err == nil {
				cfg.Sources = append(cfg.Sources, c)
			}
		}
	}
	policy, _, err := consent.Compile(cfg)
	if err != nil {
		return nil, err
	}
	return []*consent.Policy{policy}, nil
}

// withCategories adds the categories that a source names.
func withCategories(all []consent.Category, c *source.Config) []consent.Category {
	if all == nil {
		all = consent.DefaultCategories()
	}
	for name := range c.Categories {
		if !slices.ContainsFunc(all, func(c consent.Category) bool { return c.Name == name }) {
			all = append(all, consent.Category{Name: name})
		}
	}
	return all
}

// describe adds the line to a mistake in a source.
func describe(err error) error {
	if mistake := (*source.Error)(nil); errors.As(err, &mistake) && mistake.Line > 0 {
		return fmt.Errorf("--source, line %d: %w", mistake.Line, err)
	}
	return err
}

// policiesOf compiles the consent directives of a Caddyfile.
func policiesOf(file string) ([]*consent.Policy, error) {
	handlers, err := handlersOf(file)
	if err != nil {
		return nil, err
	}
	policies := make([]*consent.Policy, len(handlers))
	for i, h := range handlers {
		policies[i] = h.policy
	}
	return policies, nil
}

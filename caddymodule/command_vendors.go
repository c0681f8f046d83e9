package caddymodule

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/caddy-consent/caddy-consent/consent"
	"github.com/caddy-consent/caddy-consent/internal/nearest"
)

func vendorsCommand() *cobra.Command {
	var config, category string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "vendors [--category <category>] [--config <Caddyfile>] [--json]",
		Short: "Lists the vendors that a policy knows",
		Long: `
Prints the vendors of the catalog, or, with --config, of the policies of a
Caddyfile, by category: id, name and company. --category takes those of one.
--json adds their patterns, cookies and privacy policies.`,
		Example: `  caddy consent vendors --category analytics
  caddy consent vendors --config Caddyfile --json`,
		Args:         cobra.NoArgs,
		SilenceUsage: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return listVendors(cmd.OutOrStdout(), config, category, asJSON)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&category, "category", "", "only the vendors of this category")
	flags.StringVar(&config, "config", "", "the Caddyfile whose policies are to be used")
	flags.BoolVar(&asJSON, "json", false, "print one JSON array")
	return cmd
}

// listedVendor is a vendor as the command prints it in JSON.
type listedVendor struct {
	Category string           `json:"category"`
	ID       string           `json:"id"`
	Name     string           `json:"name"`
	Company  string           `json:"company,omitempty"`
	Privacy  string           `json:"privacy,omitempty"`
	URLs     []string         `json:"urls,omitempty"`
	Cookies  []consent.Cookie `json:"cookies,omitempty"`
}

// listVendors prints the vendors of one category, or of all.
func listVendors(out io.Writer, config, category string, asJSON bool) error {
	handlers, err := handlersOf(config)
	if err != nil {
		return err
	}
	all := []listedVendor{}
	var known []string
	for i, h := range handlers {
		for _, c := range h.policy.Categories() {
			known = append(known, c.Name)
			if category != "" && c.Name != category {
				continue
			}
			for _, v := range c.Vendors {
				same := func(l listedVendor) bool { return l.Category == c.Name && l.ID == v.ID }
				if i > 0 && slices.ContainsFunc(all, same) {
					continue // another directive has it as well
				}
				all = append(all, listedVendor{c.Name, v.ID, v.Name, v.Company, v.Privacy, v.URLs, v.Cookies})
			}
		}
	}
	if category != "" && !slices.Contains(known, category) {
		return &consent.Error{Subject: "--category", Word: category, Problem: "unknown category", Nearest: nearest.Word(category, known)}
	}
	if asJSON {
		enc := json.NewEncoder(out)
		enc.SetEscapeHTML(false)
		return enc.Encode(all)
	}
	var text strings.Builder
	for _, v := range all {
		fmt.Fprintf(&text, "%s\t%s\t%s\t%s\n", v.Category, v.ID, v.Name, v.Company)
	}
	fmt.Fprintf(&text, "%d vendors\n", len(all))
	t := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	if _, err := io.WriteString(t, text.String()); err != nil {
		return err
	}
	return t.Flush()
}

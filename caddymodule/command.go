package caddymodule

import (
	"fmt"

	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	"github.com/spf13/cobra"
)

func init() {
	caddycmd.RegisterCommand(caddycmd.Command{
		Name:  "consent",
		Usage: "decode | explain | vendors",
		Short: "Tells what this module makes of cookies, URLs and pages",
		Long: `
Helps those who write a consent policy to see why it does what it does.`,
		CobraFunc: func(cmd *cobra.Command) {
			cmd.AddCommand(decodeCommand(), explainCommand(), vendorsCommand())
			cmd.SuggestionsMinimumDistance = 2
			cmd.RunE = func(cmd *cobra.Command, args []string) error {
				if len(args) == 0 {
					return cmd.Help()
				}
				want := "decode, explain or vendors"
				if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
					want = near[0]
				}
				return fmt.Errorf("consent has no command %q; did you mean %s?", args[0], want)
			}
		},
	})
}

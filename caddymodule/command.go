package caddymodule

import (
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
		},
	})
}

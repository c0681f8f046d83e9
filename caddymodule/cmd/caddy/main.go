// Command caddy is Caddy with the consent module compiled in: the same server
// that `xcaddy build --with github.com/caddy-consent/caddy-consent` produces.
package main

import (
	caddycmd "github.com/caddyserver/caddy/v2/cmd"
	// The standard modules and ours register themselves on import.
	_ "github.com/caddyserver/caddy/v2/modules/standard"

	_ "github.com/caddy-consent/caddy-consent/caddymodule"
)

func main() {
	caddycmd.Main()
}

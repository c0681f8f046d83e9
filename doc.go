// Package consent makes Caddy enforce cookie consent where pages leave the
// servers. Importing it registers everything, which is all that
//
//	xcaddy build --with github.com/caddy-consent/caddy-consent
//
// needs. What the words mean and how the parts fit together:
//
//   - package consent/ decides what may happen: categories, vendors, cookies;
//   - package rewrite/ changes a page while it streams by;
//   - package caddymodule/ puts both into Caddy.
package consent

import (
	// Registers the handler, its directive and its commands with Caddy.
	_ "github.com/caddy-consent/caddy-consent/caddymodule"
)

package caddymodule

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/caddyserver/caddy/v2/caddyconfig"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"

	"github.com/caddy-consent/caddy-consent/consent"
	"github.com/caddy-consent/caddy-consent/consent/catalog"
)

// handlersOf compiles the consent directives of a Caddyfile, or, without one, "consent"
// alone.
func handlersOf(file string) ([]*Handler, error) {
	if file == "" {
		h := new(Handler)
		policy, _, err := h.compile()
		h.policy = policy
		return []*Handler{h}, err
	}
	body, err := os.ReadFile(filepath.Clean(file))
	if err != nil {
		return nil, err
	}
	adapted, _, err := caddyconfig.GetAdapter("caddyfile").Adapt(body, map[string]any{"filename": file})
	if err != nil {
		return nil, err
	}
	var tree any
	if err := json.Unmarshal(adapted, &tree); err != nil {
		return nil, err
	}
	var out []*Handler
	for _, found := range consentHandlers(tree) {
		data, err := json.Marshal(found)
		if err != nil {
			return nil, err
		}
		h := new(Handler)
		if err := json.Unmarshal(data, h); err != nil {
			return nil, err
		}
		_ = h.Cookie.resolve() // where the secret is not known, signed cookies are all that cannot be read
		if h.policy, _, err = h.compile(); err != nil {
			return nil, err
		}
		out = append(out, h)
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%s has no consent directive", file)
	}
	return out, nil
}

// consentHandlers finds the handlers of this module in a JSON configuration.
func consentHandlers(node any) []map[string]any {
	var out []map[string]any
	switch n := node.(type) {
	case map[string]any:
		if n["handler"] == "consent" {
			delete(n, "handler")
			return append(out, n)
		}
		for _, key := range slices.Sorted(maps.Keys(n)) {
			out = append(out, consentHandlers(n[key])...)
		}
	case []any:
		for _, item := range n {
			out = append(out, consentHandlers(item)...)
		}
	}
	return out
}

// ruleFiles knows where rules stand. A policy knows that of lists' rules itself, which are
// many; that of others is looked for.
type ruleFiles struct {
	config string            // the Caddyfile; empty without
	files  map[string]string // of imported vendors and lists
	tokens []caddyfile.Token // of the Caddyfile, and of what it imports
}

// read reads the Caddyfile.
func (p *ruleFiles) read() error {
	body, err := os.ReadFile(filepath.Clean(p.config))
	if err != nil {
		return err
	}
	blocks, err := caddyfile.Parse(p.config, body)
	if err != nil {
		return err
	}
	for _, block := range blocks {
		for _, segment := range block.Segments {
			p.tokens = append(p.tokens, segment...)
		}
	}
	return nil
}

// of is the file and the line of a rule; a file is empty if it is not known.
func (p *ruleFiles) of(r *consent.Rule) (file string, line int) {
	switch r.Of {
	case "except":
		return p.token("except", "", r.Pattern)
	case "site":
		if r.Vendor == "" {
			return p.token("category", r.Category, r.Pattern)
		}
		return p.token("vendor", r.Vendor, r.Pattern)
	case "catalog":
		file, line, _ = catalog.Find(r.Vendor, r.Pattern)
		return file, line
	case "file":
		file = p.files[r.Vendor]
		data, err := os.ReadFile(filepath.Clean(file))
		if err != nil {
			return file, 1
		}
		return p.short(file), catalog.Line(data, r.Vendor, r.Pattern)
	case "list":
		return p.short(p.files[r.Vendor]), r.Line
	}
	return "", 0
}

// token finds a word of the Caddyfile behind two others, of which the second may be missing.
func (p *ruleFiles) token(setting, name, word string) (file string, line int) {
	inside := false
	for i, t := range p.tokens {
		if t.Text == setting && (name == "" || i+1 < len(p.tokens) && p.tokens[i+1].Text == name) {
			inside = true
		}
		if inside && t.Text == word {
			return p.short(t.File), t.Line
		}
	}
	return "", 0
}

// short is a file's name as seen from the Caddyfile's folder.
func (p *ruleFiles) short(file string) string {
	folder, err := filepath.Abs(filepath.Dir(p.config))
	if err != nil || p.config == "" {
		return file
	}
	full, err := filepath.Abs(file)
	if err != nil {
		return file
	}
	if near, err := filepath.Rel(folder, full); err == nil && filepath.IsLocal(near) {
		return near
	}
	return file
}

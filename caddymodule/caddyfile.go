package caddymodule

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/caddyserver/caddy/v2/caddyconfig/httpcaddyfile"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/dustin/go-humanize"

	"github.com/caddy-consent/caddy-consent/consent"
	"github.com/caddy-consent/caddy-consent/internal/nearest"
)

func init() {
	httpcaddyfile.RegisterHandlerDirective("consent", parseCaddyfile)
	// Inside encode, so that pages arrive plain; outside everything that answers.
	httpcaddyfile.RegisterDirectiveOrder("consent", httpcaddyfile.After, "encode")
}

// parseCaddyfile reads the directive at the dispenser of a helper.
func parseCaddyfile(h httpcaddyfile.Helper) (caddyhttp.MiddlewareHandler, error) {
	handler := new(Handler)
	err := handler.UnmarshalCaddyfile(h.Dispenser)
	return handler, err
}

// UnmarshalCaddyfile sets up the handler from Caddyfile tokens. Syntax:
//
//	consent [<matcher>] {
//	    mode       enforce | report | off
//	    revision   <number>
//	    source     <preset> [<cookie>] [{ <lines> }]
//	    source     <cookie> <format> [<separators>] [<category>=<selector>...] [{ <lines> }]
//	    source     header <name> [<format> ...] [{ <lines> }]
//	    unanswered deny | allow
//	    implied    deny | allow
//	    bridge
//	    gpc        <categories...> | off
//	    dnt        <categories...> | off
//	    category <name> {
//	        required
//	        title       <text>
//	        description <text>
//	        vendors     <vendors...>
//	        cookies     <patterns...>
//	        on_denied   strip | session | cap <duration>
//	    }
//	    vendor <id> {
//	        name     <text>
//	        company  <text>
//	        category <categories...>
//	        urls     <patterns...>
//	        inline   <patterns...>
//	        cookies  <patterns...>
//	        stubs    <stubs...>
//	        privacy  <url>
//	    }
//	    catalog {
//	        except <patterns...>
//	        list   <file> <category> [{
//	            format <format>
//	            only   <names...>
//	        }]
//	    }
//	    blocked {
//	        scripts hold | remove
//	        frames  placeholder | hold | remove
//	        images  hold | remove
//	        mixed   hold | run
//	    }
//	    unknown {
//	        hosts   allow | block
//	        cookies allow | strip | session
//	    }
//	    banner {
//	        path           <path>
//	        privacy_policy <url>
//	        last_changed   <day>
//	        texts          <file>
//	        text           <language> <name> <text>
//	        off
//	    }
//	    banner off
//	    cookie [<name>] {
//	        max_age <duration>
//	        secret  <text>
//	    }
//	    pages visitor | shared
//	    cache {
//	        vary <headers...>
//	        public
//	    }
//	    clear_site_data [cache] [cookies] [storage]
//	    guard on | off
//	    google_consent_mode on | off
//	    google_consent_mode {
//	        <signal>   <categories...> | off
//	        data_layer <name>
//	    }
//	    records {
//	        address none | truncated
//	        receipt
//	    }
//	    csp off | report | enforce [{
//	        allow <sources...>
//	    }]
//	    on_error block | pass
//	    limits {
//	        tag    <size>
//	        inline <size>
//	        memo   off | <size>
//	    }
//	}
//
// What the lines of a source may be is told by package source.
// The whole policy is compiled here too: a mistake is reported with its file
// and line, what is wrong, and the nearest known word.
func (h *Handler) UnmarshalCaddyfile(d *caddyfile.Dispenser) error {
	d.Next() // the directive's name
	if d.NextArg() {
		return d.Errf("unexpected argument %q; settings go into a block", d.Val())
	}
	p := &parser{Dispenser: d, handler: h, words: map[string]caddyfile.Token{}}
	p.words[""] = d.Token()
	if err := p.block("consent", p.handlerSettings(), "category", "vendor", "source"); err != nil {
		return err
	}
	// What Caddy will run is made of the JSON. In this copy of it defaults are filled in, while the config that is adapted
	// shows what its author wrote.
	adapted, err := json.Marshal(h)
	if err != nil {
		return err
	}
	trial := new(Handler)
	if err := json.Unmarshal(adapted, trial); err != nil {
		return err
	}
	if _, _, err := trial.compile(); err != nil {
		return p.locate(err)
	}
	return nil
}

// parser reads one consent directive.
type parser struct {
	*caddyfile.Dispenser
	handler *Handler
	// words are the tokens that a later check may find fault with, by subject
	// and word as consent.Error has them; "" is the directive itself.
	words map[string]caddyfile.Token
}

// setting reads one subdirective, whose name is the current token.
type setting func() error

// settings are the subdirectives of a block, by name.
type settings map[string]setting

// block reads a block of subdirectives. Each may stand once, except those in
// several.
func (p *parser) block(of string, settings settings, several ...string) error {
	seen := map[string]int{}
	for nesting := p.Nesting(); p.NextBlock(nesting); {
		name := p.Val()
		if name == "{" {
			return p.Errf("%s: what stands before this { takes no block", of)
		}
		read, ok := settings[name]
		if !ok {
			return p.unknown(of, name, slices.Sorted(maps.Keys(settings)))
		}
		if line, twice := seen[name]; twice && !slices.Contains(several, name) {
			return p.Errf("%s: %q is already given in line %d", of, name, line)
		}
		seen[name] = p.Line()
		if err := read(); err != nil {
			return err
		}
	}
	return nil
}

// unknown reports a subdirective that does not exist.
func (p *parser) unknown(of, name string, known []string) error {
	near := nearest.Word(name, known)
	switch homes := p.homes(name); {
	case homes != "" && near != "":
		return p.Errf("%s: unknown subdirective %q, did you mean %q? (%s stands in %s)", of, name, near, name, homes)
	case homes != "":
		return p.Errf("%s: unknown subdirective %q: it stands in %s", of, name, homes)
	case near != "":
		return p.Errf("%s: unknown subdirective %q, did you mean %q?", of, name, near)
	case of == "catalog" && p.File() != p.words[""].File:
		return p.Errf("%s: unknown subdirective %q: Caddy reads an import itself; for the hosts or rules in a file write: list <file> <category>", of, name)
	}
	return p.Errf("%s: unknown subdirective %q; there are: %s", of, name, strings.Join(known, ", "))
}

// homes are the blocks in which a subdirective may stand.
func (p *parser) homes(name string) string {
	var homes []string
	for head, settings := range p.blocks() {
		if settings[name] != nil {
			homes = append(homes, head+" { … }")
		}
	}
	slices.Sort(homes)
	return strings.Join(homes, " or ")
}

// remember notes the current token as a word of subject.
func (p *parser) remember(subject string) {
	key := subject + "\x00" + p.Val()
	if _, ok := p.words[key]; !ok {
		p.words[key] = p.Token()
	}
	if _, ok := p.words[subject]; !ok {
		p.words[subject] = p.Token()
	}
}

// locate adds file and line to a mistake that was found when compiling.
func (p *parser) locate(err error) error {
	tok := p.words[""]
	if mistake := (*consent.Error)(nil); errors.As(err, &mistake) {
		for _, key := range []string{mistake.Subject + "\x00" + mistake.Word, mistake.Subject} {
			if t, ok := p.words[key]; ok {
				tok = t
				break
			}
		}
	}
	return fmt.Errorf("%w, at %s:%d", err, tok.File, tok.Line)
}

// one reads exactly one argument into dst.
func (p *parser) one(subject string, dst *string) setting {
	return func() error {
		name := p.Val()
		if !p.NextArg() {
			return p.Errf("%s: a value is missing after %q", subject, name)
		}
		if *dst = p.Val(); *dst == "" { // "{$NAME}", which is not set
			return p.Errf("%s: the value of %q is empty; leave the line out for the default", subject, name)
		}
		p.remember(subject)
		return p.noMore(subject)
	}
}

// noMore refuses further arguments.
func (p *parser) noMore(subject string) error {
	if last := p.Val(); p.NextArg() {
		return p.Errf("%s: unexpected %q after %q; text of several words stands in quotes", subject, p.Val(), last)
	}
	return nil
}

// list reads one or more arguments, added to dst.
func (p *parser) list(subject string, dst *[]string) setting {
	return func() error {
		name, n := p.Val(), len(*dst)
		for p.NextArg() {
			if p.Val() == "" {
				return p.Errf("%s: one of the values of %q is empty", subject, name)
			}
			*dst = append(*dst, p.Val())
			p.remember(subject)
		}
		if len(*dst) == n {
			return p.Errf("%s: %q needs at least one value", subject, name)
		}
		return nil
	}
}

// listOrOff reads a list, or the word off for an empty one.
func (p *parser) listOrOff(subject string, dst *[]string) setting {
	return func() error {
		if err := p.list(subject, dst)(); err != nil {
			return err
		}
		if slices.Contains(*dst, "off") {
			if len(*dst) > 1 {
				return p.Errf(`%s: "off" stands alone`, subject)
			}
			*dst = []string{}
		}
		return nil
	}
}

// number reads a whole number, not negative.
func (p *parser) number(subject string, dst *int) setting {
	var text string
	read := p.one(subject, &text)
	return func() error {
		if err := read(); err != nil {
			return err
		}
		n, err := strconv.ParseUint(text, 10, 31)
		if err != nil {
			return p.Errf("%s: want a whole number from 0 to %d, not %q", subject, math.MaxInt32, text)
		}
		*dst = int(n)
		return nil
	}
}

// size reads a number of bytes like 64KiB.
func (p *parser) size(subject string, dst *int) setting {
	return p.sizeOr(subject, dst, nil)
}

// sizeOr reads a size, or a word that stands for one.
func (p *parser) sizeOr(subject string, dst *int, words map[string]int) setting {
	var text string
	read := p.one(subject, &text)
	return func() error {
		if err := read(); err != nil {
			return err
		}
		if n, ok := words[text]; ok {
			*dst = n
			return nil
		}
		n, err := humanize.ParseBytes(text)
		if err != nil || strings.Contains(text, ",") || // which it leaves out
			n == 0 || n > 1<<30 {
			size := "a size like 64KiB or 1MiB, at most 1GiB"
			want := append(slices.Sorted(maps.Keys(words)), size)
			return p.Errf("%s: want %s, not %q", subject, strings.Join(want, " or "), text)
		}
		*dst = int(n)
		return nil
	}
}

// duration reads a time like 180d.
func (p *parser) duration(subject string, dst *caddy.Duration) setting {
	var text string
	read := p.one(subject, &text)
	return func() error {
		if err := read(); err != nil {
			return err
		}
		t, err := caddy.ParseDuration(text)
		if err != nil || t < time.Second {
			return p.Errf("%s: want a time like 180d or 12h, at least 1s, not %q", subject, text)
		}
		*dst = caddy.Duration(t)
		return nil
	}
}

// flag reads a setting without a value.
func (p *parser) flag(subject string, dst *bool) setting {
	return func() error {
		*dst = true
		if name := p.Val(); p.NextArg() {
			return p.Errf("%s: %q takes no value, not %q", subject, name, p.Val())
		}
		return nil
	}
}

// nested reads a block within the block; subject must not take arguments.
func (p *parser) nested(subject string, settings settings, several ...string) setting {
	return func() error {
		if p.NextArg() {
			return p.Errf("%s: unexpected argument %q; settings go into a block", subject, p.Val())
		}
		return p.block(subject, settings, several...)
	}
}

// Interface guard
var _ caddyfile.Unmarshaler = (*Handler)(nil)

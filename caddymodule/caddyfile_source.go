package caddymodule

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/caddy-consent/caddy-consent/consent"
	"github.com/caddy-consent/caddy-consent/consent/source"
)

// source reads "source …", the grammar of package source.
func (p *parser) source() error {
	line := p.Token()
	var c source.Config
	words := p.RemainingArgs()
	if err := c.Head(words); err != nil {
		return p.sourceMistake(err, strings.Join(words[:min(1, len(words))], ""))
	}
	name := words[0]
	if name == "header" {
		name = words[1]
	}
	subject := fmt.Sprintf("source %q", name)
	note := func(words []string) {
		for _, word := range words {
			if key := subject + "\x00" + word; p.words[key].Text == "" {
				p.words[key] = p.Token()
			}
		}
	}
	if p.words[subject].Text == "" {
		p.words[subject] = line
	}
	note(words)
	p.words[subject+"\x00bridge"] = line
	for nesting := p.Nesting(); p.NextBlock(nesting); {
		words := append([]string{p.Val()}, p.RemainingArgs()...)
		if err := c.Line(words); err != nil {
			return p.sourceMistake(err, name)
		}
		note(words)
	}
	if slices.ContainsFunc(p.handler.Sources, func(other source.Config) bool { return reflect.DeepEqual(c, other) }) {
		return fmt.Errorf("%s is given twice, at %s:%d", subject, line.File, line.Line)
	}
	p.handler.Sources = append(p.handler.Sources, c)
	return nil
}

// sourceMistake reports a mistake in the line that was read last.
func (p *parser) sourceMistake(err error, name string) error {
	var mistake *source.Error
	if !errors.As(err, &mistake) {
		return err
	}
	subject := "source"
	if name != "" {
		subject = fmt.Sprintf("source %q", name)
	}
	e := &consent.Error{Subject: subject, Word: mistake.Word, Problem: mistake.Problem, Nearest: mistake.Nearest}
	return p.Errf("%s", e.Error())
}

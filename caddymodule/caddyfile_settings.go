package caddymodule

import (
	"fmt"

	"github.com/caddy-consent/caddy-consent/consent"
)

// handlerSettings are the subdirectives of consent.
func (p *parser) handlerSettings() map[string]setting {
	h := p.handler
	return map[string]setting{
		"mode":            p.one("mode", &h.Mode),
		"revision":        p.number("revision", &h.Revision),
		"unanswered":      p.one("unanswered", &h.Unanswered),
		"gpc":             p.listOrOff("gpc", &h.GPC),
		"dnt":             p.listOrOff("dnt", &h.DNT),
		"on_error":        p.one("on_error", &h.OnError),
		"pages":           p.one("pages", &h.Pages),
		"clear_site_data": p.list("clear_site_data", &h.ClearSiteData),
		"cache": p.nested("cache", map[string]setting{
			"vary":   p.list("cache vary", &h.Cache.Vary),
			"public": p.flag("cache public", &h.Cache.Public),
		}),
		"category": p.category,
		"vendor":   p.vendor,
		"cookie":   p.cookie,
		"catalog": p.nested("catalog", map[string]setting{
			"except": p.list("except", &h.Catalog.Except),
		}, "except"),
		"blocked": p.nested("blocked", map[string]setting{
			"scripts": p.one("blocked scripts", &h.Blocked.Scripts),
			"frames":  p.one("blocked frames", &h.Blocked.Frames),
			"images":  p.one("blocked images", &h.Blocked.Images),
		}),
		"unknown": p.nested("unknown", map[string]setting{
			"hosts":   p.one("unknown hosts", &h.Unknown.Hosts),
			"cookies": p.one("unknown cookies", &h.Unknown.Cookies),
		}),
		"banner": p.nested("banner", map[string]setting{
			"path":           p.one("banner path", &h.Banner.Path),
			"privacy_policy": p.one("banner privacy_policy", &h.Banner.PrivacyPolicy),
		}),
		"limits": p.nested("limits", map[string]setting{
			"tag":    p.size("limits tag", &h.Limits.Tag),
			"inline": p.size("limits inline", &h.Limits.Inline),
		}),
	}
}

// category reads "category <name> { … }".
func (p *parser) category() error {
	if !p.NextArg() {
		return p.Err(`category: a name is missing, like: category analytics { … }`)
	}
	c := consent.Category{Name: p.Val()}
	subject := p.named("category", c.Name)
	if err := p.noMore(subject); err != nil {
		return err
	}
	err := p.block(subject, map[string]setting{
		"required":    p.flag(subject, &c.Required),
		"title":       p.one(subject, &c.Title),
		"description": p.one(subject, &c.Description),
		"vendors":     p.list(subject, &c.Vendors),
		"cookies":     p.list(subject, &c.Cookies),
		"on_denied":   p.onDenied(subject, &c.OnDenied),
	}, "vendors", "cookies")
	p.handler.Categories = append(p.handler.Categories, c)
	return err
}

// onDenied reads strip, session, or cap with a duration.
func (p *parser) onDenied(subject string, dst *string) setting {
	return func() error {
		if !p.NextArg() {
			return p.Errf("%s: a value is missing after %q", subject, p.Val())
		}
		*dst = p.Val()
		p.remember(subject)
		if *dst == "cap" && p.NextArg() {
			*dst += " " + p.Val()
			p.words[subject+"\x00"+*dst] = p.Token()
		}
		return p.noMore(subject)
	}
}

// vendor reads "vendor <id> { … }".
func (p *parser) vendor() error {
	if !p.NextArg() {
		return p.Err(`vendor: an id is missing, like: vendor acme-stats { … }`)
	}
	v := consent.Vendor{ID: p.Val()}
	subject := p.named("vendor", v.ID)
	if err := p.noMore(subject); err != nil {
		return err
	}
	var cookies []string
	err := p.block(subject, map[string]setting{
		"name":     p.one(subject, &v.Name),
		"company":  p.one(subject, &v.Company),
		"privacy":  p.one(subject, &v.Privacy),
		"category": p.list(subject, &v.Categories),
		"urls":     p.list(subject, &v.URLs),
		"inline":   p.list(subject, &v.Inline),
		"cookies":  p.list(subject, &cookies),
	}, "urls", "inline", "cookies")
	for _, name := range cookies {
		v.Cookies = append(v.Cookies, consent.Cookie{Name: name})
	}
	p.handler.Vendors = append(p.handler.Vendors, v)
	return err
}

// named notes the current token as the name of a category or a vendor, and
// returns its subject. Of two definitions the second is the mistake.
func (p *parser) named(kind, name string) string {
	subject := fmt.Sprintf("%s %q", kind, name)
	p.remember(subject)
	p.words[kind+"\x00"+name] = p.Token()
	return subject
}

// cookie reads "cookie [<name>] { … }".
func (p *parser) cookie() error {
	c := &p.handler.Cookie
	if p.NextArg() {
		c.Name = p.Val()
		p.remember("cookie")
		if err := p.noMore("cookie"); err != nil {
			return err
		}
	}
	return p.block("cookie", map[string]setting{
		"max_age": p.duration("cookie max_age", &c.MaxAge),
		"secret":  p.one("cookie secret", &c.Secret),
	})
}

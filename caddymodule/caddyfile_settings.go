package caddymodule

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/caddy-consent/caddy-consent/caddymodule/ui"
	"github.com/caddy-consent/caddy-consent/consent"
)

// blocks are all blocks there are but those of sources, by how they begin.
func (p *parser) blocks() map[string]settings {
	h := p.handler
	return map[string]settings{
		"consent":                p.handlerSettings(),
		"category <name>":        p.categorySettings("", new(consent.Category)),
		"vendor <id>":            p.vendorSettings("", new(consent.Vendor), new([]string)),
		"catalog":                p.catalogSettings(&h.Catalog),
		"list <file> <category>": p.listSettings("", new(ListConfig)),
		"blocked":                p.blockedSettings(&h.Blocked),
		"unknown":                p.unknownSettings(&h.Unknown),
		"banner":                 p.bannerSettings(&h.Banner),
		"cookie":                 p.cookieSettings(&h.Cookie),
		"cache":                  p.cacheSettings(&h.Cache),
		"csp enforce":            p.cspSettings(&h.CSP),
		"records":                p.recordsSettings(&h.Records),
		"google_consent_mode":    p.signalSettings("", &h.ConsentMode, nil),
		"limits":                 p.limitsSettings(&h.Limits),
	}
}

func (p *parser) handlerSettings() settings {
	h := p.handler
	return settings{
		"mode":                p.one("mode", &h.Mode),
		"revision":            p.number("revision", &h.Revision),
		"source":              p.source,
		"unanswered":          p.one("unanswered", &h.Unanswered),
		"implied":             p.one("implied", &h.Implied),
		"bridge":              p.flag("bridge", &h.Bridge),
		"gpc":                 p.listOrOff("gpc", &h.GPC),
		"dnt":                 p.listOrOff("dnt", &h.DNT),
		"on_error":            p.one("on_error", &h.OnError),
		"pages":               p.one("pages", &h.Pages),
		"clear_site_data":     p.list("clear_site_data", &h.ClearSiteData),
		"cache":               p.nested("cache", p.cacheSettings(&h.Cache)),
		"category":            p.category,
		"vendor":              p.vendor,
		"cookie":              p.cookie,
		"catalog":             p.nested("catalog", p.catalogSettings(&h.Catalog), "except", "list"),
		"blocked":             p.nested("blocked", p.blockedSettings(&h.Blocked)),
		"unknown":             p.nested("unknown", p.unknownSettings(&h.Unknown)),
		"banner":              p.banner,
		"guard":               p.one("guard", &h.Guard),
		"google_consent_mode": p.consentMode,
		"records":             p.nested("records", p.recordsSettings(&h.Records)),
		"csp":                 p.csp,
		"limits":              p.nested("limits", p.limitsSettings(&h.Limits)),
	}
}

func (p *parser) cacheSettings(c *CacheConfig) settings {
	return settings{
		"vary":   p.list("cache vary", &c.Vary),
		"public": p.flag("cache public", &c.Public),
	}
}

func (p *parser) blockedSettings(c *BlockedConfig) settings {
	return settings{
		"scripts": p.one("blocked scripts", &c.Scripts),
		"frames":  p.one("blocked frames", &c.Frames),
		"images":  p.one("blocked images", &c.Images),
		"mixed":   p.one("blocked mixed", &c.Mixed),
	}
}

func (p *parser) unknownSettings(c *UnknownConfig) settings {
	return settings{
		"hosts":   p.one("unknown hosts", &c.Hosts),
		"cookies": p.one("unknown cookies", &c.Cookies),
	}
}

func (p *parser) recordsSettings(c *RecordsConfig) settings {
	return settings{
		"address": p.one("records address", &c.Address),
		"receipt": p.flag("records receipt", &c.Receipt),
	}
}

func (p *parser) limitsSettings(c *LimitsConfig) settings {
	return settings{
		"tag":    p.size("limits tag", &c.Tag),
		"inline": p.size("limits inline", &c.Inline),
		"memo":   p.sizeOr("limits memo", &c.Memo, map[string]int{settingOff: -1}),
	}
}

// banner reads "banner off", or a block.
func (p *parser) banner() error {
	b := &p.handler.Banner
	if p.NextArg() {
		if p.Val() != settingOff {
			return p.Errf("banner: want off or a block, not %q", p.Val())
		}
		b.Off = true
		return p.noMore("banner")
	}
	return p.block("banner", p.bannerSettings(b), "text")
}

func (p *parser) bannerSettings(b *BannerConfig) settings {
	return settings{
		"off":            p.flag("banner off", &b.Off),
		"path":           p.one("banner path", &b.Path),
		"privacy_policy": p.one("banner privacy_policy", &b.PrivacyPolicy),
		"last_changed":   p.one("banner last_changed", &b.LastChanged),
		"texts":          p.file("banner texts", &b.Texts),
		"text":           p.text,
	}
}

// text reads "text <language> <name> <text>".
func (p *parser) text() error {
	var words [3]string // language, name, text
	for i, what := range [...]string{"a language, the name of a text and the text are missing", "the name of a text and the text are missing", "the text is missing"} {
		last := p.Val()
		if !p.NextArg() {
			return p.Errf("%s: %s after %q, like: text de accept \"Alle annehmen\"", subjectText, what, last)
		}
		words[i] = p.Val()
		if i < 2 {
			p.remember(subjectText)
		}
	}
	lang, key := words[0], words[1]
	// Caddy takes {host} for short.
	text := strings.ReplaceAll(words[2], "{http.request.host}", "{host}")
	if tag, ok := ui.Tag(lang); ok {
		lang = tag
	}
	subject := subjectText + " " + lang + " " + key
	if token, twice := p.words[subject]; twice {
		return p.Errf("%s: %s %s is already given in line %d", subjectText, lang, key, token.Line)
	}
	p.words[subject] = p.Token()
	if err := p.noMore(subjectText); err != nil {
		return err
	}
	b := &p.handler.Banner
	if b.Text == nil {
		b.Text = map[string]ui.Texts{}
	}
	if b.Text[lang] == nil {
		b.Text[lang] = ui.Texts{}
	}
	b.Text[lang][key] = text
	return nil
}

// file reads the name of a file. As in Caddy's import, it is relative to the
// Caddyfile that names it.
func (p *parser) file(subject string, dst *string) setting {
	read := p.one(subject, dst)
	return func() error {
		if err := read(); err != nil {
			return err
		}
		if !filepath.IsAbs(*dst) {
			*dst = filepath.Join(filepath.Dir(p.File()), *dst)
		}
		p.words[subject+"\x00"+*dst] = p.words[subject+"\x00"+p.Val()]
		return nil
	}
}

// catalogList reads "list <file> <category> [{ format <format>; only <names...> }]". The
// word is not import: Caddy itself takes a line that begins so.
func (p *parser) catalogList() error {
	const subject = "catalog list"
	var c ListConfig
	if !p.NextArg() {
		return p.Errf("%s: a file and a category are missing, like: list trackers.txt advertising", subject)
	}
	file := p.Token()
	c.File = p.Val()
	if !filepath.IsAbs(c.File) {
		c.File = filepath.Join(filepath.Dir(p.File()), c.File)
	}
	p.words[subject+"\x00"+c.File] = file
	if !p.NextArg() {
		return p.Errf("%s: a category is missing after %q, like: list %s advertising", subject, p.Val(), p.Val())
	}
	c.Category = p.Val()
	p.words[fmt.Sprintf("list %q\x00%s", c.File, c.Category)] = p.Token()
	if err := p.noMore(subject); err != nil {
		return err
	}
	err := p.block(subject, p.listSettings(subject, &c), "only")
	p.handler.Catalog.Lists = append(p.handler.Catalog.Lists, c)
	return err
}

func (p *parser) catalogSettings(c *CatalogConfig) settings {
	return settings{
		"except": p.list("except", &c.Except),
		"list":   p.catalogList,
	}
}

func (p *parser) listSettings(subject string, c *ListConfig) settings {
	return settings{
		"format": p.one(subject+" format", &c.Format),
		"only":   p.list(subject+" only", &c.Only),
	}
}

// consentMode reads "google_consent_mode on | off", or a block with what each signal
// needs: "off" for nothing.
func (p *parser) consentMode() error {
	const subject = "google_consent_mode"
	c := &p.handler.ConsentMode
	if p.NextArg() {
		c.Mode = p.Val()
		p.remember(subject)
		return p.noMore(subject)
	}
	needs := map[string]*[]string{}
	err := p.block(subject, p.signalSettings(subject, c, needs))
	for signal, categories := range needs {
		if c.Needs == nil {
			c.Needs = map[string][]string{}
		}
		c.Needs[signal] = *categories
	}
	return err
}

// signalSettings notes in needs what each signal needs that is named.
func (p *parser) signalSettings(subject string, c *ConsentModeConfig, needs map[string]*[]string) settings {
	all := settings{"data_layer": p.one(subject+" data_layer", &c.Layer)}
	for signal := range consentSignals {
		all[signal] = func() error {
			needs[signal] = new([]string)
			return p.listOrOff(subject+" "+signal, needs[signal])()
		}
	}
	return all
}

// category reads "category <name> { … }".
func (p *parser) category() error {
	if !p.NextArg() || p.Val() == "" {
		return p.Err(`category: a name is missing, like: category analytics { … }`)
	}
	c := consent.Category{Name: p.Val()}
	subject := p.named("category", c.Name)
	if err := p.noMore(subject); err != nil {
		return err
	}
	err := p.block(subject, p.categorySettings(subject, &c), "vendors", "cookies")
	p.handler.Categories = append(p.handler.Categories, c)
	return err
}

func (p *parser) categorySettings(subject string, c *consent.Category) settings {
	return settings{
		"required":    p.flag(subject, &c.Required),
		"title":       p.one(subject, &c.Title),
		"description": p.one(subject, &c.Description),
		"vendors":     p.list(subject, &c.Vendors),
		"cookies":     p.list(subject, &c.Cookies),
		"on_denied":   p.onDenied(subject, &c.OnDenied),
	}
}

// csp reads "csp <mode> [{ allow <sources...> }]".
func (p *parser) csp() error {
	if err := p.one("csp", &p.handler.CSP.Mode)(); err != nil {
		return err
	}
	return p.block("csp", p.cspSettings(&p.handler.CSP), "allow")
}

func (p *parser) cspSettings(c *CSPConfig) settings {
	return settings{"allow": p.list("csp allow", &c.Allow)}
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
	if !p.NextArg() || p.Val() == "" {
		return p.Err(`vendor: an id is missing, like: vendor acme-stats { … }`)
	}
	v := consent.Vendor{ID: p.Val()}
	subject := p.named("vendor", v.ID)
	if err := p.noMore(subject); err != nil {
		return err
	}
	var cookies []string
	err := p.block(subject, p.vendorSettings(subject, &v, &cookies), "urls", "inline", "cookies", "stubs")
	for _, name := range cookies {
		v.Cookies = append(v.Cookies, consent.Cookie{Name: name})
	}
	p.handler.Vendors = append(p.handler.Vendors, v)
	return err
}

func (p *parser) vendorSettings(subject string, v *consent.Vendor, cookies *[]string) settings {
	return settings{
		"name":     p.one(subject, &v.Name),
		"company":  p.one(subject, &v.Company),
		"privacy":  p.one(subject, &v.Privacy),
		"category": p.list(subject, &v.Categories),
		"urls":     p.list(subject, &v.URLs),
		"inline":   p.list(subject, &v.Inline),
		"cookies":  p.list(subject, cookies),
		"stubs":    p.list(subject, &v.Stubs),
	}
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
	return p.block("cookie", p.cookieSettings(c))
}

func (p *parser) cookieSettings(c *CookieConfig) settings {
	return settings{
		"max_age": p.duration("cookie max_age", &c.MaxAge),
		"secret": func() error {
			if err := p.one("cookie secret", &c.Secret)(); err != nil {
				return err
			}
			if problem := secretProblem(c.Secret); problem != "" {
				return p.Err("cookie secret: " + problem)
			}
			return nil
		},
	}
}

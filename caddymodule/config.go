package caddymodule

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/caddyserver/caddy/v2"

	"github.com/caddy-consent/caddy-consent/caddymodule/ui"
	"github.com/caddy-consent/caddy-consent/consent"
	"github.com/caddy-consent/caddy-consent/consent/catalog"
	"github.com/caddy-consent/caddy-consent/internal/nearest"
	"github.com/caddy-consent/caddy-consent/rewrite"
)

// CatalogConfig adjusts the vendors that ship with the module.
type CatalogConfig struct {
	// URL patterns that are never blocked, whoever they belong to.
	Except []string `json:"except,omitempty"`
	// Files of trackers to know beside it.
	Lists []ListConfig `json:"lists,omitempty"`
}

// BlockedConfig says what becomes of blocked elements. A held one stays in
// the page, inert and restorable; a removed one leaves no byte of its URL.
type BlockedConfig struct {
	// `hold` or `remove`. Default: `hold`.
	Scripts string `json:"scripts,omitempty"`
	// `placeholder`, `hold` or `remove`. A placeholder keeps the frame's size, names the
	// vendor and links to the consent page. Default: `placeholder`.
	Frames string `json:"frames,omitempty"`
	// Images and everything else that is fetched. `hold` or `remove`. Default: `hold`.
	Images string `json:"images,omitempty"`
	// Inline scripts that name a denied vendor in their data alone, or in what they do when the visitor does
	// something: `hold`, or `run` where the guard is to see to what comes of it. Default: `hold`.
	Mixed string `json:"mixed,omitempty"`
}

// UnknownConfig says what becomes of what no rule knows.
type UnknownConfig struct {
	// Resources of other sites: `allow` or `block`. Default: `allow`.
	Hosts string `json:"hosts,omitempty"`
	// Cookies: `allow`, `strip`, or `session` (they end with the browser's
	// session). Default: `allow`.
	Cookies string `json:"cookies,omitempty"`
}

// BannerConfig is about how a visitor is asked.
type BannerConfig struct {
	// Pages bring no banner; visitors are asked at the consent path alone.
	Off bool `json:"off,omitempty"`
	// A JSON file with texts that differ from those that ship, by language:
	// `{"de": {"accept": "Einverstanden"}}`.
	Texts string `json:"texts,omitempty"`
	// The same, one by one: a language, the name of a text, and the text. They go before
	// those of the file.
	Text map[string]ui.Texts `json:"text,omitempty"`
	// The path under which they are served. Default: `/.consent`.
	Path string `json:"path,omitempty"`
	// A link to the site's privacy policy.
	PrivacyPolicy string `json:"privacy_policy,omitempty"`
	// When the policy was changed last, for the cookie policy page: a day like
	// `2026-11-25`.
	LastChanged string `json:"last_changed,omitempty"`
}

// CookieConfig is about the cookie that holds the visitor's answer.
type CookieConfig struct {
	// Over plain HTTP a prefix is left out, which browsers refuse there.
	// Default: `__Host-consent`.
	Name string `json:"name,omitempty"`
	// How long an answer counts. Default: `180d`.
	MaxAge caddy.Duration `json:"max_age,omitempty"`
	// Signs the cookie, so that no script can forge an answer. The placeholders
	// `{env.NAME}` and `{file./path}` are replaced. Default: not signed.
	Secret string `json:"secret,omitempty"`
}

// CacheConfig is what caches are told about pages that are made for one visitor.
type CacheConfig struct {
	// The request headers that pages vary by, in place of `Cookie` and the
	// opt-out signals. A cache in front must set them to what the decision is.
	Vary []string `json:"vary,omitempty"`
	// Do not add `private` to `Cache-Control`: the cache in front obeys `Vary`.
	Public bool `json:"public,omitempty"`
}

// LimitsConfig bounds what is held back of a page, in bytes.
type LimitsConfig struct {
	// A start tag. Default: 1 MiB.
	Tag int `json:"tag,omitempty"`
	// An inline script. Default: 1 MiB.
	Inline int `json:"inline,omitempty"`
	// What is remembered of pages and of their markup, so that what comes again need not be
	// read again. Default: 32 MiB; negative: nothing is.
	Memo int `json:"memo,omitempty"`
}

const defaultMemo = 32 << 20

// The words of the configuration.
const (
	modeEnforce = "enforce"
	modeReport  = "report"
	modeOff     = "off"

	actionHold        = "hold"
	actionRemove      = "remove"
	actionPlaceholder = "placeholder"
	actionRun         = "run"

	answerDeny  = "deny"
	answerAllow = "allow"

	pagesVisitor = "visitor"
	pagesShared  = "shared"

	onErrorBlock = "block"
	onErrorPass  = "pass"

	settingOn  = "on"
	settingOff = "off"

	defaultPath = "/.consent"
)

// A choice is a setting that takes one of a few words, the default first.
type choice struct {
	name  string
	words []string
}

var (
	modeChoice       = choice{"mode", []string{modeEnforce, modeReport, modeOff}}
	impliedChoice    = choice{"implied", []string{answerDeny, answerAllow}}
	unansweredChoice = choice{"unanswered", []string{answerDeny, answerAllow}}
	scriptsChoice    = choice{"blocked scripts", []string{actionHold, actionRemove}}
	framesChoice     = choice{"blocked frames", []string{actionPlaceholder, actionHold, actionRemove}}
	imagesChoice     = choice{"blocked images", []string{actionHold, actionRemove}}
	mixedChoice      = choice{"blocked mixed", []string{actionHold, actionRun}}
	hostsChoice      = choice{"unknown hosts", []string{consent.Allow, consent.Block}}
	clearChoice      = choice{"clear_site_data", []string{"cache", "cookies", "storage"}}
	cookiesChoice    = choice{"unknown cookies", []string{consent.Allow, consent.Strip, consent.Session}}
	pagesChoice      = choice{"pages", []string{pagesVisitor, pagesShared}}
	guardChoice      = choice{"guard", []string{settingOn, settingOff}}
	cspChoice        = choice{"csp", []string{cspOff, cspReport, cspEnforce}}
	onErrorChoice    = choice{"on_error", []string{onErrorBlock, onErrorPass}}
)

// check returns a *consent.Error unless word is one of the choice's; an empty
// one becomes the default.
func (c choice) check(word *string) error {
	if *word == "" {
		*word = c.words[0]
	}
	if slices.Contains(c.words, *word) {
		return nil
	}
	return &consent.Error{
		Subject: c.name, Word: *word,
		Problem: fmt.Sprintf("want %s, not", strings.Join(c.words, " or ")),
		Nearest: nearest.Word(*word, c.words),
	}
}

// resolve puts what placeholders stand for into the secret. A placeholder that stands for nothing is a mistake: anyone
// could forge an answer that is signed with what they read in the documentation.
func (c *CookieConfig) resolve() error {
	if problem := secretProblem(c.Secret); problem != "" {
		return &consent.Error{Subject: "cookie secret", Problem: problem}
	}
	secret, err := caddy.NewReplacer().ReplaceOrErr(c.Secret, true, true)
	if err != nil {
		return &consent.Error{Subject: "cookie secret", Problem: err.Error()}
	}
	c.Secret = secret
	return nil
}

// shortSecret is how many characters a secret should have at least.
const shortSecret = 16

// What a secret may have in it beside plain text: Caddy's placeholders, and braces that are none of theirs.
var (
	secretPlaceholder = regexp.MustCompile(`\{\w+(?:\.[^{}]*)\}`)
	escapedBrace      = regexp.MustCompile(`\\[{}]`)
)

// secretProblem is what is wrong with the placeholders of a secret, or "". Which value they have
// may only be known where Caddy runs. The secret itself is not told.
func secretProblem(secret string) string {
	secret = escapedBrace.ReplaceAllString(secret, "")
	for _, found := range secretPlaceholder.FindAllString(secret, -1) {
		if !strings.HasPrefix(found, "{env.") && !strings.HasPrefix(found, "{file.") {
			return "there is no placeholder " + found + " here: want one like {env.NAME}"
		}
	}
	if strings.ContainsAny(secretPlaceholder.ReplaceAllString(secret, ""), "{}") {
		return `it has a brace that belongs to no placeholder: want one like {env.NAME}, or \{ for a brace`
	}
	return ""
}

// compile fills in the defaults and builds the policy. What is wrong comes back as a *consent.Error.
func (h *Handler) compile() (*consent.Policy, []consent.Warning, error) {
	for _, s := range []struct {
		choice choice
		word   *string
	}{
		{modeChoice, &h.Mode}, {unansweredChoice, &h.Unanswered}, {impliedChoice, &h.Implied}, {onErrorChoice, &h.OnError}, {pagesChoice, &h.Pages},
		{scriptsChoice, &h.Blocked.Scripts}, {framesChoice, &h.Blocked.Frames}, {imagesChoice, &h.Blocked.Images}, {mixedChoice, &h.Blocked.Mixed},
		{addressChoice, &h.Records.Address}, {guardChoice, &h.Guard}, {hostsChoice, &h.Unknown.Hosts}, {cookiesChoice, &h.Unknown.Cookies},
	} {
		if err := s.choice.check(s.word); err != nil {
			return nil, nil, err
		}
	}
	if err := h.check(); err != nil {
		return nil, nil, err
	}
	extra, err := readLists(h.Catalog.Lists)
	if err != nil {
		return nil, nil, err
	}
	h.files = extra.files
	policy, warnings, err := consent.Compile(consent.Config{
		Categories:      h.Categories,
		Vendors:         h.Vendors,
		Catalog:         catalog.Vendors(),
		Imported:        extra.vendors,
		Lists:           extra.lists,
		Except:          h.Catalog.Except,
		Sources:         h.Sources,
		ImpliedAllow:    h.Implied == answerAllow,
		Bridge:          h.Bridge,
		Revision:        h.Revision,
		UnansweredAllow: h.Unanswered == answerAllow,
		GPC:             h.GPC,
		DNT:             h.DNT,
		UnknownHosts:    h.Unknown.Hosts,
		UnknownCookies:  h.Unknown.Cookies,
		OwnCookie: consent.OwnCookie{
			Name:   h.Cookie.Name,
			MaxAge: time.Duration(h.Cookie.MaxAge),
			Secret: h.Cookie.Secret,
		},
	})
	if err != nil {
		return nil, nil, err
	}
	warnings = append(warnings, extra.warnings...)
	if n := len(h.Cookie.Secret); n > 0 && n < shortSecret && !strings.Contains(h.Cookie.Secret, "{") {
		warnings = append(warnings, consent.Warning{Message: fmt.Sprintf(
			"cookie secret: it has %d characters, and who guesses it can forge answers: take some that nobody can, as from openssl rand -hex 32", n)})
	}
	if err := h.setTexts(policy); err != nil {
		return nil, nil, err
	}
	missing, err := h.checkSignals(policy)
	if err != nil {
		return nil, nil, err
	}
	if len(missing) > 0 && h.ConsentMode.Mode == settingOn {
		warnings = append(warnings, consent.Warning{Message: missingWarning(missing)})
	}
	return policy, warnings, nil
}

// action translates the words for blocked elements into what rewrite does.
func (b BlockedConfig) action(kind rewrite.Kind) rewrite.Action {
	word := b.Images
	switch kind {
	case rewrite.Script:
		word = b.Scripts
	case rewrite.Frame:
		word = b.Frames
	}
	switch word {
	case actionRemove:
		return rewrite.Remove
	case actionPlaceholder:
		return rewrite.Placeholder
	}
	return rewrite.Hold
}

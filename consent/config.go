package consent

import (
	"time"

	"github.com/caddy-consent/caddy-consent/consent/source"
)

// Config is what a site's operator decides. The zero value is a complete
// policy without vendors: five categories, opt-in, the site's own cookie.
type Config struct {
	// Categories, in the order in which visitors see them. When empty there
	// are DefaultCategories; when given, only these exist.
	Categories []Category
	// Vendors are the site's own. One that has the id of a catalog vendor
	// extends it: see Compile.
	Vendors []Vendor
	// Catalog are the vendors everybody knows (package catalog).
	Catalog []Vendor
	// Imported are those of the operator's own catalog files.
	Imported []Vendor
	// Lists are rules that the operator took from elsewhere.
	Lists []List
	// Except are URL patterns that are never blocked, whoever they belong to.
	Except []string

	// Sources are whose cookies tell what the visitor chose, in their order.
	// When empty it is the own cookie.
	Sources []source.Config
	// ImpliedAllow lets what a consent manager granted without asking count as
	// granted. The default is to take it as unanswered.
	ImpliedAllow bool
	// Bridge says that a script in the page hands on the answer of a consent manager
	// which no server can read: it is kept in the own cookie.
	Bridge bool

	// Revision of the policy, not negative. An answer given to another
	// revision does not count, so raising it asks everyone again.
	Revision int
	// UnansweredAllow grants everything to a visitor who has not answered
	// (opt-out). The default is opt-in.
	UnansweredAllow bool
	// GPC and DNT name the categories that the request headers Sec-GPC: 1 and
	// DNT: 1 deny, whatever the visitor answered. A nil GPC means advertising
	// and social, as far as they exist; an empty one means none. A nil DNT
	// means none.
	GPC, DNT []string

	// UnknownHosts is what becomes of third parties that no rule knows:
	// "allow" (the default) or "block".
	UnknownHosts string
	// UnknownCookies is what becomes of cookies that no rule knows: "allow"
	// (the default), "strip", or "session" (kept, but no longer than the
	// browser's session).
	UnknownCookies string

	OwnCookie OwnCookie
}

// OwnCookie configures the cookie that holds the visitor's answer.
type OwnCookie struct {
	// Name is "__Host-consent" when empty. Over plain HTTP a prefix is left out:
	// browsers refuse it without TLS, and want it with.
	Name string
	// MaxAge is how long an answer counts. Zero means DefaultMaxAge.
	MaxAge time.Duration
	// Secret, when set, signs the cookie, so that no script in the page can
	// forge an answer.
	Secret string
}

// DefaultMaxAge is how long an answer counts: half a year, the time after
// which data protection authorities advise to ask again.
const DefaultMaxAge = 180 * 24 * time.Hour

// The values of Config.UnknownHosts and Config.UnknownCookies.
const (
	Allow   = "allow"
	Block   = "block"
	Strip   = "strip"
	Session = "session"
)

// DefaultCategories returns the five categories that the catalog uses.
func DefaultCategories() []Category {
	return []Category{
		{
			Name: "essential", Title: "Essential cookies", Required: true,
			Description: "Needed for the site to work: signing in, security, the contents of a basket, this choice itself.",
		},
		{
			Name: "analytics", Title: "Analytics cookies",
			Description: "Collect information on how visitors use the site, so that its owner can improve it.",
		},
		{
			Name: "performance", Title: "Performance cookies",
			Description: "Add functions beyond what is essential, and remember the settings you make for them.",
		},
		{
			Name: "advertising", Title: "Advertising cookies",
			Description: "Let advertisers recognise you on this and other sites, choose what they show you, and measure its effect.",
		},
		{
			Name: "social", Title: "Social media cookies",
			Description: "Show content of social networks on this site. The networks learn that you were here.",
		},
	}
}

// defaultGPC are the categories that a Global Privacy Control signal means:
// sale, sharing and targeted advertising.
var defaultGPC = []string{"advertising", "social"}

package consent

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/caddy-consent/caddy-consent/consent/source"
	"github.com/caddy-consent/caddy-consent/internal/nearest"
)

// Compile checks a Config and makes a Policy of it. cfg is not changed, and
// must not be changed by the caller while the Policy is in use.
//
// Who belongs where: a vendor that some category names belongs to exactly the
// categories that name it (by its id or its group). Otherwise it belongs to
// the categories it has itself; a site's own vendor may have both, which add
// up. A vendor of the catalog whose category the policy does not have stays,
// and is always blocked: leaving a category out must not open the door to its
// vendors. That is worth one Warning.
//
// A site's own vendor with the id of a catalog vendor extends it: its URLs,
// inline patterns, cookies and stubs are added, and count as the site's own;
// categories, name, company, group and privacy replace the catalog's where
// given. What a catalog vendor should not do is said with Except. An imported
// vendor extends either in the same way, but replaces nothing, and its rules
// count least of equals. Rules of Lists count where no vendor's does.
//
// The error is an *Error about the first mistake: categories first, then
// vendors, then the settings, each in the order they are written.
func Compile(cfg Config) (*Policy, []Warning, error) {
	c := compiler{cfg: &cfg, p: &Policy{
		byName:          make(map[string]int),
		unansweredAllow: cfg.UnansweredAllow,
		revision:        cfg.Revision,
		own:             cfg.OwnCookie,
	}}
	for _, step := range []func() error{
		c.categories, c.vendors, c.membership, c.rules, c.lists, c.except, c.settings, c.sources, c.ownCookie,
	} {
		if err := step(); err != nil {
			return nil, nil, err
		}
	}
	var err error
	if c.p.hash, err = hashConfig(c.p, &cfg); err != nil {
		return nil, nil, err
	}
	c.p.mark()
	return c.p, c.warnings(), nil
}

// compiler holds what only compiling needs.
type compiler struct {
	cfg *Config
	p   *Policy

	byID   map[string]int   // vendors
	groups map[string][]int // vendors by group
	words  []string         // ids and groups, for suggestions
	// parts are the definitions that make up a vendor: the site's own, that
	// of the catalog or an imported file, or both.
	parts [][]part
	twice []Warning // about patterns of two of the site's vendors
}

type part struct {
	def  *Vendor
	rank rank
}

func (p *part) own() bool { return p.rank == rankOwn }

func (c *compiler) categories() error {
	p := c.p
	p.categories = slices.Clone(c.cfg.Categories)
	if len(p.categories) == 0 {
		p.categories = DefaultCategories()
	}
	if len(p.categories) > maxCategories {
		return &Error{Problem: fmt.Sprintf("%d categories: there can be at most %d", len(p.categories), maxCategories)}
	}
	for i := range p.categories {
		cat := &p.categories[i]
		if !source.IsName(cat.Name) {
			return &Error{Subject: "category", Word: cat.Name, Problem: nameProblem}
		}
		if _, ok := p.byName[cat.Name]; ok {
			return &Error{Subject: "category", Word: cat.Name, Problem: "duplicate category"}
		}
		p.byName[cat.Name] = i
		for _, text := range []string{cat.Title, cat.Description} {
			if hasPlaceholder(text) {
				return &Error{Subject: subject("category", cat.Name), Word: text, Problem: "text with a placeholder" + placeholderAdvice}
			}
		}
		if cat.Title == "" {
			cat.Title = strings.ToUpper(cat.Name[:1]) + strings.NewReplacer("_", " ", "-", " ").Replace(cat.Name[1:])
		}
		t, problem := parseTolerance(cat.OnDenied)
		if problem != "" {
			return &Error{Subject: subject("category", cat.Name), Word: cat.OnDenied, Problem: problem}
		}
		p.tolerance = append(p.tolerance, t)
		p.all = p.all.With(i)
		if cat.Required {
			p.required = p.required.With(i)
		}
	}
	p.allNames, p.requiredNames = p.names(p.all), p.names(p.required)
	return nil
}

// nameProblem is what is said of a name that is none (source.IsName).
const nameProblem = "names are lower-case letters, digits, - and _; not"

// vendors lines up the site's own vendors and those of the catalog, and
// merges the ones that are both.
func (c *compiler) vendors() error {
	p := c.p
	c.byID = make(map[string]int)
	for _, list := range []struct {
		defs []Vendor
		rank rank
	}{{c.cfg.Vendors, rankOwn}, {c.cfg.Catalog, rankCatalog}, {c.cfg.Imported, rankFile}} {
		seen := make(map[string]bool)
		for i := range list.defs {
			def := &list.defs[i]
			if !source.IsName(def.ID) {
				return &Error{Subject: "vendor", Word: def.ID, Problem: nameProblem}
			}
			if seen[def.ID] {
				return &Error{Subject: "vendor", Word: def.ID, Problem: "duplicate vendor"}
			}
			seen[def.ID] = true
			if at, ok := c.byID[def.ID]; ok {
				c.parts[at] = append(c.parts[at], part{def, list.rank})
				p.vendors[at].Vendor = extend(p.vendors[at].Vendor, def)
				continue
			}
			c.byID[def.ID] = len(p.vendors)
			p.vendors = append(p.vendors, vendor{Vendor: *def})
			c.parts = append(c.parts, []part{{def, list.rank}})
		}
	}
	p.vendorByID = c.byID
	c.groups = make(map[string][]int)
	for i := range p.vendors {
		v := &p.vendors[i]
		if v.Name == "" {
			v.Name = v.ID
		}
		c.words = append(c.words, v.ID)
		if v.Group == "" {
			continue
		}
		if !source.IsName(v.Group) {
			return &Error{Subject: subject("vendor", v.ID), Word: v.Group, Problem: "group " + nameProblem}
		}
		if _, ok := c.byID[v.Group]; ok {
			return &Error{Subject: subject("vendor", v.ID), Word: v.Group, Problem: "its group has the name of a vendor:"}
		}
		if c.groups[v.Group] == nil {
			c.words = append(c.words, v.Group)
		}
		c.groups[v.Group] = append(c.groups[v.Group], i)
	}
	return nil
}

// extend fills in from the catalog, or an imported file, what a site's own vendor does not say.
func extend(own Vendor, catalog *Vendor) Vendor {
	for _, f := range []struct{ to, from *string }{
		{&own.Name, &catalog.Name},
		{&own.Company, &catalog.Company},
		{&own.Group, &catalog.Group},
		{&own.Privacy, &catalog.Privacy},
	} {
		if *f.to == "" {
			*f.to = *f.from
		}
	}
	own.URLs = slices.Concat(own.URLs, catalog.URLs)
	own.Inline = slices.Concat(own.Inline, catalog.Inline)
	own.Cookies = slices.Concat(own.Cookies, catalog.Cookies)
	own.Stubs = slices.Concat(own.Stubs, catalog.Stubs)
	return own
}

// membership decides which categories each vendor needs.
func (c *compiler) membership() error {
	p := c.p
	named := make([]Set, len(p.vendors))
	for i := range p.categories {
		cat := &p.categories[i]
		for _, word := range cat.Vendors {
			members := c.groups[word]
			if at, ok := c.byID[word]; ok {
				members = []int{at}
			}
			if members == nil {
				return &Error{Subject: subject("category", cat.Name), Word: word, Problem: "unknown vendor", Nearest: nearest.Word(word, c.words)}
			}
			for _, m := range members {
				named[m] = named[m].With(i)
				p.vendors[m].named = true
			}
		}
	}
	for i := range p.vendors {
		if err := c.member(i, named[i]); err != nil {
			return err
		}
	}
	return nil
}

func (c *compiler) member(i int, named Set) error {
	p := c.p
	v := &p.vendors[i]
	first := c.parts[i][0]
	// Categories that the site itself gave a vendor add to those that name it;
	// the catalog's only count where nothing else is said.
	words := first.def.Categories
	if len(words) == 0 && len(c.parts[i]) > 1 {
		words, first = c.parts[i][1].def.Categories, c.parts[i][1]
	}
	if !first.own() && named != 0 {
		words = nil
	}
	v.needs = named
	v.named = v.named || c.parts[i][0].own()
	for _, word := range words {
		at, ok := p.byName[word]
		switch {
		case ok:
			v.needs = v.needs.With(at)
		case first.own():
			return UnknownWord(subject("vendor", v.ID), word, "unknown category", c.categoryNames())
		case v.missing == "":
			v.missing = word
		}
	}
	if v.needs == 0 && v.missing == "" {
		return &Error{Subject: subject("vendor", v.ID), Problem: "belongs to no category", Nearest: c.nearestTo(v.ID)}
	}
	for at := range p.categories {
		if v.needs.Has(at) {
			v.in = append(v.in, at)
		}
	}
	p.needed |= v.needs
	p.never = p.never || v.missing != ""
	return nil
}

// nearestTo is which other vendor's id, or group, a vendor may have been meant for; "" if none is near.
func (c *compiler) nearestTo(id string) string {
	return nearest.Word(id, slices.DeleteFunc(slices.Clone(c.words), func(word string) bool { return word == id }))
}

// warnings are about the site's vendors of which nothing is recognised, patterns of theirs that others have, a
// signal that denies nothing, and the catalog's vendors that can never be granted, in one sum.
func (c *compiler) warnings() (found []Warning) {
	for i, parts := range c.parts {
		v := &c.p.vendors[i]
		if len(parts) > 1 || !parts[0].own() || len(v.URLs)+len(v.Inline)+len(v.Cookies) > 0 {
			continue
		}
		message := subject("vendor", v.ID) + " has neither urls nor inline patterns nor cookies: nothing can be recognised as belonging to it"
		if near := c.nearestTo(v.ID); near != "" {
			message += `, did you mean "` + near + `"?`
		}
		found = append(found, Warning{Message: message, Vendors: []string{v.ID}})
	}
	found = append(found, c.twice...)
	if c.cfg.GPC == nil && c.p.gpc == 0 && c.p.setOf(c.categoryNames()) != 0 {
		found = append(found, Warning{Message: "gpc: Sec-GPC: 1 denies " + strings.Join(defaultGPC, " and ") +
			" by default, and this policy has neither, so that it denies nothing: say what it denies, or gpc off"})
	}
	return append(found, c.neverGranted()...)
}

func (c *compiler) neverGranted() []Warning {
	var ids []string
	of := map[string][]string{} // by the category
	for i := range c.p.vendors {
		if v := &c.p.vendors[i]; v.missing != "" {
			ids = append(ids, v.ID)
			of[v.missing] = append(of[v.missing], v.ID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	verb := "vendors of the catalog belong to categories that this policy does not have, and are always blocked"
	if len(ids) == 1 {
		verb = "vendor of the catalog belongs to a category that this policy does not have, and is always blocked"
	}
	var lists []string
	for _, category := range slices.SortedFunc(maps.Keys(of), byDefault) {
		const shown = 3
		list := category + " (" + strings.Join(of[category][:min(shown, len(of[category]))], ", ")
		if more := len(of[category]) - shown; more > 0 {
			list += fmt.Sprintf(" and %d more", more)
		}
		lists = append(lists, list+")")
	}
	return []Warning{{Message: fmt.Sprintf("%d %s: %s", len(ids), verb, strings.Join(lists, ", ")), Vendors: ids}}
}

// byDefault sorts the categories that there are by default first, in their order: sites do not work
// without the essential one.
func byDefault(a, b string) int {
	defaults := DefaultCategories()
	place := func(name string) int {
		if i := slices.IndexFunc(defaults, func(c Category) bool { return c.Name == name }); i >= 0 {
			return i
		}
		return len(defaults)
	}
	return cmp.Or(place(a)-place(b), strings.Compare(a, b))
}

func (c *compiler) categoryNames() []string {
	names := make([]string, len(c.p.categories))
	for i := range c.p.categories {
		names[i] = c.p.categories[i].Name
	}
	return names
}

func subject(kind, name string) string { return kind + ` "` + name + `"` }

package consent

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/http/httpguts"

	"github.com/caddy-consent/caddy-consent/internal/nearest"
)

// rules compiles the patterns of all vendors, and the categories' cookies.
func (c *compiler) rules() error {
	var urls []*urlRule
	var inline []inlinePattern
	cookies := cookieRules{byPattern: make(map[string]*cookieRule)}
	for i := range c.p.categories {
		cat := &c.p.categories[i]
		for _, pattern := range cat.Cookies {
			if problem := CookiePatternProblem(pattern); problem != "" {
				return &Error{Subject: subject("category", cat.Name), Word: pattern, Problem: problem}
			}
			cookies.add(pattern, cookieOwner{-1, i}, rankOwn, false)
		}
	}
	c.p.byStub, c.p.stubsOf = make(map[string][]int), make(map[string][]string)
	own := map[string]int{} // the site's patterns, and whose each is
	for i, parts := range c.parts {
		for _, stub := range c.p.vendors[i].Stubs {
			if c.p.byStub[stub] = append(c.p.byStub[stub], i); len(c.p.byStub[stub]) == 1 {
				c.p.stubsOf[stubName(stub)] = append(c.p.stubsOf[stubName(stub)], stub)
			}
		}
		for _, part := range parts {
			def := part.def
			for _, stub := range def.Stubs {
				if problem := checkStub(stub); problem != "" {
					return &Error{Subject: subject("vendor", def.ID), Word: stub, Problem: problem}
				}
			}
			for _, pattern := range def.URLs {
				r, problem := listedURLPattern(pattern)
				if problem != "" {
					return &Error{Subject: subject("vendor", def.ID), Word: pattern, Problem: problem}
				}
				r.vendor, r.rank, r.order = i, part.rank, len(urls)
				if first, twice := own[pattern]; part.rank == rankOwn && twice && first != i {
					c.twice = append(c.twice, Warning{Message: subject("vendor", def.ID) + ": " + pattern + " is a pattern of " +
						subject("vendor", c.p.vendors[first].ID) + ", too: that one comes first, and decides alone"})
				} else if part.rank == rankOwn {
					own[pattern] = i
				}
				urls = append(urls, &r)
			}
			c.p.vendors[i].inlineOf = append(c.p.vendors[i].inlineOf, inlineOf{len(def.Inline), part.rank})
			for _, pattern := range def.Inline {
				p, problem := parseInlinePattern(pattern)
				if problem != "" {
					return &Error{Subject: subject("vendor", def.ID), Word: pattern, Problem: problem}
				}
				p.vendor, p.stub = i, stubOf(p.pieces[0].text, c.p.vendors[i].Stubs)
				inline = append(inline, p)
			}
			for _, cookie := range def.Cookies {
				if problem := CookiePatternProblem(cookie.Name); problem != "" {
					return &Error{Subject: subject("vendor", def.ID), Word: cookie.Name, Problem: problem}
				}
				cookies.add(cookie.Name, cookieOwner{i, -1}, part.rank, cookie.Keep)
			}
		}
	}
	c.p.urls, c.p.inline, c.p.cookie = newURLIndex(urls), newInlineIndex(append(inline, loaders...)), cookies.index()
	return nil
}

func (c *compiler) except() error {
	var rules []*urlRule
	for _, pattern := range c.cfg.Except {
		r, problem := listedURLPattern(pattern)
		if problem != "" && problem != homeProblem {
			return &Error{Subject: "except", Word: pattern, Problem: problem}
		}
		rules = append(rules, &r)
	}
	c.p.except = newURLIndex(rules)
	return nil
}

func (c *compiler) settings() error {
	p, cfg := c.p, c.cfg
	if cfg.Revision < 0 || cfg.Revision > maxRevision {
		return &Error{Subject: "revision", Problem: "must be a whole number from 0 to 2147483647"}
	}
	var err error
	if cfg.GPC == nil {
		p.gpc = p.setOf(defaultGPC)
	} else if p.gpc, err = c.signal("gpc", cfg.GPC); err != nil {
		return err
	}
	if p.dnt, err = c.signal("dnt", cfg.DNT); err != nil {
		return err
	}
	hosts, err := c.oneOf("unknown hosts", cfg.UnknownHosts, Allow, Block)
	if err != nil {
		return err
	}
	p.blockUnknown = hosts == Block
	p.unknownCookies, err = c.oneOf("unknown cookies", cfg.UnknownCookies, Allow, Strip, Session)
	return err
}

// signal reads the categories that an opt-out signal denies.
func (c *compiler) signal(what string, names []string) (Set, error) {
	var s Set
	for _, name := range names {
		i, ok := c.p.byName[name]
		if !ok {
			return 0, UnknownWord(what, name, "unknown category", c.categoryNames())
		}
		if c.p.required.Has(i) {
			return 0, &Error{Subject: what, Word: name, Problem: "cannot deny a required category:"}
		}
		s = s.With(i)
	}
	return s, nil
}

// oneOf returns word, or the first of the allowed words when it is empty.
func (c *compiler) oneOf(what, word string, allowed ...string) (string, error) {
	if word == "" {
		return allowed[0], nil
	}
	if slices.Contains(allowed, word) {
		return word, nil
	}
	return "", &Error{
		Subject: what, Word: word, Nearest: nearest.Word(word, allowed),
		Problem: "must be " + strings.Join(allowed, " or ") + ", not",
	}
}

func (c *compiler) ownCookie() error {
	p := c.p
	if name := p.own.Name; name != "" && !httpguts.ValidHeaderFieldName(name) { // both are tokens
		return &Error{Subject: "cookie", Word: name, Problem: "a cookie's name may hold only letters, digits and !#$%&'*+-.^_`|~; not"}
	}
	p.own.Name = cmp.Or(p.own.Name, "__Host-consent")
	p.plainName = withoutPrefix(p.own.Name)
	switch {
	case p.own.MaxAge == 0:
		p.own.MaxAge = DefaultMaxAge
	case p.own.MaxAge < time.Second:
		return &Error{Subject: "cookie", Word: p.own.MaxAge.String(), Problem: "max age must be at least a second, not"}
	}
	if p.own.Secret != "" {
		p.signer = newSigner(p.own.Secret)
	}
	return nil
}

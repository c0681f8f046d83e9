package consent

import (
	"errors"
	"slices"

	"github.com/caddy-consent/caddy-consent/consent/source"
)

// The category that follows another where a source does not know it: few
// managers ask about social networks, and those who refuse to be advertised to
// do not mean to be followed by them.
const followingCategory, followedCategory = "social", "advertising"

// sources compiles the sources; the own cookie is one if there is no other.
func (c *compiler) sources() error {
	p, cfg := c.p, c.cfg
	for i := range cfg.Sources {
		if err := c.source(&cfg.Sources[i]); err != nil {
			return err
		}
	}
	if len(p.sources) == 0 || cfg.Bridge && !p.HasOwn() {
		p.sources = append(p.sources, policySource{name: source.Own})
	}
	p.impliedAllow = cfg.ImpliedAllow
	return nil
}

func (c *compiler) source(def *source.Config) error {
	p := c.p
	what := subject("source", sourceWord(def))
	switch {
	case def.Preset == source.Own:
		if p.HasOwn() {
			return &Error{Subject: what, Problem: "given twice"}
		}
		p.sources = append(p.sources, policySource{name: source.Own})
		return nil
	case source.NeedsBridge(def.Preset):
		if !c.cfg.Bridge {
			return &Error{
				Subject: what, Word: "bridge",
				Problem: "this manager keeps the answer " + source.KeptWhere(def.Preset) +
					", where no server can read it. Its answer must be handed on by the small script /.consent/bridge.js: include that in the site's pages, and add the line",
			}
		}
		return nil // the bridge writes the own cookie
	}
	settings := *def
	if settings.Header != "" && settings.Format == "" && len(settings.Categories) == 0 {
		// A list of what is granted, by the site's own names.
		settings.Categories, settings.Missing = make(map[string][][]string), "denied"
		for i := range p.categories {
			if !p.required.Has(i) {
				settings.Categories[p.categories[i].Name] = [][]string{{p.categories[i].Name}}
			}
		}
	}
	for name := range settings.Categories {
		at, ok := p.byName[name]
		switch {
		case !ok:
			return UnknownWord(what, name, "unknown category", c.categoryNames())
		case p.required.Has(at):
			return &Error{Subject: what, Word: name, Problem: "a required category is always granted, and no cookie says so:"}
		}
	}
	s, err := source.Compile(settings)
	if mistake := (*source.Error)(nil); errors.As(err, &mistake) {
		return &Error{Subject: what, Word: mistake.Word, Problem: mistake.Problem, Nearest: mistake.Nearest}
	} else if err != nil {
		return err
	}
	if answersFor := p.addSource(s); answersFor == 0 && !s.OptOut() {
		return &Error{Subject: what, Problem: "it answers for none of this policy's categories: add lines like " + c.askedCategory() + " <selector>"}
	}
	return nil
}

// askedCategory is one that visitors are asked about, for an example.
func (c *compiler) askedCategory() string {
	for i := range c.p.categories {
		if !c.p.required.Has(i) {
			return c.p.categories[i].Name
		}
	}
	return "analytics"
}

// addSource finds the source's categories in the policy.
func (p *Policy) addSource(s *source.Source) (answersFor Set) {
	out := policySource{name: s.Name(), manager: s}
	for _, name := range s.Categories() {
		var set Set
		if at, ok := p.byName[name]; ok {
			set = set.With(at) &^ p.required
		}
		if name == followedCategory {
			out.followed = set
		}
		out.sets = append(out.sets, set)
		answersFor |= set
	}
	if at, ok := p.byName[followingCategory]; ok {
		out.following = Set(0).With(at) &^ p.required
		out.grants = !slices.Contains(s.Categories(), followingCategory)
	}
	p.sources = append(p.sources, out)
	if name := s.Header(); name != "" && !slices.Contains(p.sourceHeaders, name) {
		p.sourceHeaders = append(p.sourceHeaders, name)
	}
	for _, pattern := range s.Cookies() {
		p.sourceCookies = append(p.sourceCookies, newGlob(pattern))
	}
	return answersFor
}

// sourceWord is what a mistake in a source is called by.
func sourceWord(c *source.Config) string {
	for _, word := range []string{c.Preset, c.Cookie, c.Header} {
		if word != "" {
			return word
		}
	}
	return ""
}

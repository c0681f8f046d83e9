package consent

import (
	"errors"
	"time"

	"github.com/caddy-consent/caddy-consent/consent/source"
)

// policySource is one of a policy's sources: of whatever manager, or, without
// one, the own cookie.
type policySource struct {
	name    string
	manager *source.Source
	// sets are the policy's categories that each of the manager's stands for.
	sets []Set
	// followed and following are the categories of which the second follows the first
	// where the manager says nothing of it: in a denial always, in a grant if grants.
	followed, following Set
	grants              bool
}

// answerOf is what a source found, in the policy's categories.
type answerOf struct {
	state           State
	granted, denied Set
	reason          string
	// unreadable tells that there was something, and that it may have been a
	// refusal.
	unreadable bool
	at         time.Time
	how        How
}

func (s *policySource) optOut() bool { return s.manager != nil && s.manager.OptOut() }

// read asks the source.
func (s *policySource) read(p *Policy, r *Request) answerOf {
	if s.manager == nil {
		return p.readOwn(r)
	}
	return s.answer(s.manager.Read(&source.Request{Cookies: r.Cookies, Header: r.Header}))
}

// answer is what a manager's cookie says, in the policy's categories.
func (s *policySource) answer(found source.Reading) answerOf {
	out := answerOf{state: found.State, reason: found.Reason}
	for i, set := range s.sets {
		switch bit := source.Set(1) << i; {
		case found.Denied&bit != 0:
			out.denied |= set
		case found.Granted&bit != 0:
			out.granted |= set
		}
	}
	out.granted &^= out.denied
	if (out.granted|out.denied)&s.following == 0 {
		switch {
		case out.denied&s.followed != 0:
			out.denied |= s.following
		case s.grants && out.granted&s.followed != 0:
			out.granted |= s.following
		}
	}
	switch found.Reason {
	case source.ReasonMalformed, source.ReasonOversized, source.ReasonDuplicate:
		out.unreadable = true
	case source.ReasonSilent:
		out.unreadable = !s.optOut() // whom no law lets opt out has not refused
	}
	return out
}

// readOwn reads the own cookie.
func (p *Policy) readOwn(r *Request) answerOf {
	value, n := "", 0
	name := p.CookieName(r.Secure)
	for _, line := range r.Cookies {
		for k, v := range EachCookie(line) {
			if k == name {
				value = v
				n++
			}
		}
	}
	switch n {
	case 0:
		return answerOf{reason: source.ReasonNoCookie}
	case 1:
	default:
		// Equal ones too: whoever managed to set a second cookie (a
		// subdomain can, without the __Host- prefix) may set another later.
		return answerOf{reason: source.ReasonDuplicate, unreadable: true}
	}
	c, err := p.parseOwn(value, r.Host, r.Now)
	switch {
	case err == nil:
		return answerOf{state: Answered, granted: c.granted, denied: c.denied, at: time.Unix(c.at, 0), how: c.how}
	case errors.Is(err, ErrExpired), errors.Is(err, ErrOutdated), errors.Is(err, ErrFuture):
		return answerOf{reason: reason(err), denied: c.denied}
	}
	return answerOf{reason: reason(err), unreadable: true}
}

// HasOwn reports whether the own cookie is a source, so that an answer given on
// this module's own page counts.
func (p *Policy) HasOwn() bool {
	for i := range p.sources {
		if p.sources[i].manager == nil {
			return true
		}
	}
	return false
}

// SourceHeaders are the request headers that decisions depend on beside Cookie
// and the opt-out signals. The result must not be changed.
func (p *Policy) SourceHeaders() []string { return p.sourceHeaders }

// A SourceReading is what one source says of a request, for people who want
// to know why a decision is what it is.
type SourceReading struct {
	Source string
	State  State
	// Choices are the categories that the source answers for: granted, denied,
	// or nil for nothing.
	Choices map[string]*bool
	Reason  string // why unanswered
	OptOut  bool   // only its denials count
}

// ReadSources asks every source, as Decide does.
func (p *Policy) ReadSources(r Request) []SourceReading {
	out := make([]SourceReading, len(p.sources))
	for i := range p.sources {
		s := &p.sources[i]
		out[i] = SourceReading{Source: s.name, OptOut: s.optOut()}
		if s.manager != nil {
			found := s.manager.Read(&source.Request{Cookies: r.Cookies, Header: r.Header})
			out[i].State, out[i].Reason, out[i].Choices = found.State, found.Reason, s.manager.Choices(found)
			if read := s.answer(found); (read.granted|read.denied)&s.following != 0 && out[i].Choices[followingCategory] == nil {
				granted := read.granted&s.following != 0
				out[i].Choices[followingCategory] = &granted
			}
			continue
		}
		found := p.readOwn(&r)
		out[i].State, out[i].Reason, out[i].Choices = found.state, found.reason, map[string]*bool{}
		for at := range p.categories {
			if p.required.Has(at) {
				continue
			}
			var choice *bool
			if found.state == Answered && (found.granted | found.denied).Has(at) {
				granted := found.granted.Has(at)
				choice = &granted
			}
			out[i].Choices[p.categories[at].Name] = choice
		}
	}
	return out
}

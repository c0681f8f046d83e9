package consent

import (
	"errors"
	"time"

	"github.com/caddy-consent/caddy-consent/consent/source"
)

// Request is what a decision depends on.
type Request struct {
	Cookies []string // the raw Cookie header lines
	// Header gives the lines of a request header by its canonical name, for
	// sources that are headers; nil if there are none.
	Header func(name string) []string
	GPC    bool   // Sec-GPC: 1
	DNT    bool   // DNT: 1
	Host   string // the Host header
	Secure bool   // the visitor came over TLS
	Now    time.Time
}

// State says whether there is an answer.
type State = source.State

// The states.
const (
	Unanswered = source.Unanswered
	Implied    = source.Implied
	Answered   = source.Answered
)

// Decision is the outcome for one request. It belongs to the Policy that
// made it.
type Decision struct {
	Granted Set // required categories included
	State   State
	// Source is whose answer it is, or whose cookie could not be read: "own", a
	// preset, or a cookie's or header's name; empty when there was none.
	Source string
	// Reason says why the visitor counts as unanswered: "no cookie",
	// "malformed", "oversized", "expired", "duplicate", "outdated revision",
	// "bad signature", "from the future", "not answered yet" or "nothing about
	// any category". Empty when answered or implied.
	Reason string
	At     time.Time // of an answer in the own cookie; else zero
	How    How       // the same
	// Signalled are the categories that Sec-GPC or DNT denied, whether or not
	// they would have been granted.
	Signalled Set
}

// Decide reads the visitor's answer from the request.
//
// The sources are asked in their order. Of each category the first answered
// source that knows it decides; where none does, an implied denial counts, and
// an implied grant if Config.ImpliedAllow says so. What is left is unanswered.
//
// Whatever cannot be trusted is no answer. With Config.UnansweredAllow that
// alone would grant everything, so two cases are stricter there: a cookie
// that cannot be read denies all that is not required (it may have been a
// refusal), and one that is merely too old or of another revision still
// denies what it denied until the visitor is asked again.
//
// Sources that only say who opted out, and the opt-out signals, are applied
// last and always deny.
func (p *Policy) Decide(r Request) Decision {
	d := Decision{Reason: source.ReasonNoCookie}
	var known, denied, stale, optedOut, impliedGrants, impliedDenials Set
	unreadable := false
	for i := range p.sources {
		s := &p.sources[i]
		found := s.read(p, &r)
		if s.optOut() {
			optedOut |= found.denied
			unreadable = unreadable || found.unreadable
			continue
		}
		switch found.state {
		case Answered:
			if d.State != Answered {
				d.State, d.Source, d.Reason, d.At, d.How = Answered, s.name, "", found.at, found.how
			}
			d.Granted |= found.granted &^ known
			denied |= found.denied &^ known
			known |= found.granted | found.denied
		case Implied:
			if d.State == Unanswered {
				d.State, d.Source, d.Reason = Implied, s.name, ""
			}
			impliedGrants |= found.granted &^ (impliedDenials | impliedGrants)
			impliedDenials |= found.denied &^ impliedGrants
		default:
			stale |= found.denied
			unreadable = unreadable || found.unreadable
			if d.State == Unanswered && d.Source == "" && found.reason != source.ReasonNoCookie {
				d.Source, d.Reason = s.name, found.reason
			}
		}
	}
	denied |= (stale | impliedDenials) &^ known
	if p.impliedAllow {
		d.Granted |= impliedGrants &^ known
	}
	if p.unansweredAllow && !unreadable {
		d.Granted |= p.all &^ known
	}
	if r.GPC {
		d.Signalled |= p.gpc
	}
	if r.DNT {
		d.Signalled |= p.dnt
	}
	d.Granted = d.Granted&^(denied|optedOut|d.Signalled) | p.required
	return d
}

// The ways in which an own cookie does not count.
var (
	ErrMalformed = errors.New("consent cookie is malformed")
	ErrOversized = errors.New("consent cookie is oversized")
	ErrSignature = errors.New("consent cookie has a bad signature")
	ErrOutdated  = errors.New("consent cookie is for another revision of the policy")
	ErrExpired   = errors.New("consent cookie is expired")
	ErrFuture    = errors.New("consent cookie is from the future")
)

func reason(err error) string {
	switch {
	case errors.Is(err, ErrOversized):
		return "oversized"
	case errors.Is(err, ErrSignature):
		return "bad signature"
	case errors.Is(err, ErrOutdated):
		return "outdated revision"
	case errors.Is(err, ErrExpired):
		return "expired"
	case errors.Is(err, ErrFuture):
		return "from the future"
	}
	return "malformed"
}

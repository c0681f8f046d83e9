package consent

import (
	"errors"
	"time"
)

// Request is what a decision depends on.
type Request struct {
	Cookies []string // the raw Cookie header lines
	GPC     bool     // Sec-GPC: 1
	DNT     bool     // DNT: 1
	Host    string   // the Host header
	Secure  bool     // the visitor came over TLS
	Now     time.Time
}

// State says whether there is an answer.
type State uint8

const (
	// Unanswered means that the visitor has not been asked or has not replied.
	Unanswered State = iota
	// Implied means that a consent manager granted or denied without asking.
	Implied
	// Answered means that the visitor chose.
	Answered
)

func (s State) String() string {
	switch s {
	case Unanswered:
		return "unanswered"
	case Implied:
		return "implied"
	case Answered:
		return "answered"
	}
	return "invalid"
}

// Decision is the outcome for one request. It belongs to the Policy that
// made it.
type Decision struct {
	Granted Set // required categories included
	State   State
	Source  string // whose cookie was read: "own"; empty when none was
	// Reason says why the visitor counts as unanswered: "no cookie",
	// "malformed", "oversized", "expired", "duplicate", "outdated revision",
	// "bad signature" or "from the future". Empty when answered.
	Reason string
	At     time.Time // of the answer; zero when unanswered
	How    How       // of the answer; zero when unanswered
	// Signalled are the categories that Sec-GPC or DNT denied, whether or not
	// they would have been granted.
	Signalled Set
}

// Decide reads the visitor's answer from the request's cookies.
//
// Whatever cannot be trusted is no answer. With Config.UnansweredAllow that
// alone would grant everything, so two cases are stricter there: a cookie
// that cannot be read denies all that is not required (it may have been a
// refusal), and one that is merely too old or of another revision still
// denies what it denied until the visitor is asked again.
//
// The opt-out signals are applied last and always deny.
func (p *Policy) Decide(r Request) Decision {
	d := p.fromOwn(&r)
	if r.GPC {
		d.Signalled |= p.gpc
	}
	if r.DNT {
		d.Signalled |= p.dnt
	}
	d.Granted = d.Granted&^d.Signalled | p.required
	return d
}

func (p *Policy) fromOwn(r *Request) Decision {
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
		d := Decision{Reason: "no cookie"}
		if p.unansweredAllow {
			d.Granted = p.all
		}
		return d
	case 1:
	default:
		// Equal ones too: whoever managed to set a second cookie (a
		// subdomain can, without the __Host- prefix) may set another later.
		return Decision{Source: "own", Reason: "duplicate"}
	}
	c, err := p.parseOwn(value, r.Host, r.Now)
	if err == nil {
		d := Decision{Granted: c.granted, State: Answered, Source: "own", At: time.Unix(c.at, 0), How: c.how}
		if p.unansweredAllow {
			d.Granted = p.all &^ c.denied // a category added since is unanswered
		}
		return d
	}
	d := Decision{Source: "own", Reason: reason(err)}
	if p.unansweredAllow && (errors.Is(err, ErrExpired) || errors.Is(err, ErrOutdated) || errors.Is(err, ErrFuture)) {
		d.Granted = p.all &^ c.denied
	}
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

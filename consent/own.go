package consent

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/caddy-consent/caddy-consent/consent/source"
)

// The own cookie's value is
//
//	1.<revision>.<unix seconds>.<how>.<granted>.<denied>[.<signature>]
//
// with the names of categories joined by '~'. Everything in it is a
// cookie-octet (RFC 6265 §4.1.1) and unreserved in URLs (RFC 3986 §2.3), so
// that no library along the way quotes or escapes it; and neither '.' nor '~'
// can be in a name. Both lists are written, so that a category which is added
// later is told apart from one that was denied. Required categories are in
// neither: nobody is asked about them.

// How says how an answer came about. It is one letter in the cookie.
type How byte

// The ways to answer.
const (
	AcceptAll How = 'a'
	RejectAll How = 'r'
	Custom    How = 'c' // category by category
	Signal    How = 'g' // by an opt-out signal of the browser
	Bridged   How = 'b' // at a consent manager, handed on by its bridge
)

func (h How) String() string {
	switch h {
	case AcceptAll:
		return "accept"
	case RejectAll:
		return "reject"
	case Custom:
		return "custom"
	case Signal:
		return "signal"
	case Bridged:
		return "bridge"
	}
	return "none"
}

// Choice is a visitor's answer.
type Choice struct {
	At  time.Time // to the second
	How How       // how it came about
	// Granted and Denied are names of categories.
	Granted, Denied []string
}

const (
	maxOwnCookie = 4096 // what browsers store at most (RFC 6265 §6.1)

	// futureSkew is how far ahead of our clock an answer may be. It is not
	// only for clocks that disagree by minutes: the banner's script may write
	// the time of a visitor's device, where a wrong date or time zone is
	// common, and to refuse those would ask the same visitor on every page.
	futureSkew = 24 * time.Hour

	maxRevision = 1<<31 - 1
)

// CookieName is the name of the cookie that holds the visitor's answer.
// secure says that the visitor comes over TLS: without it browsers refuse names
// with a prefix (RFC 6265bis section 4.1.3), in whatever case, and the name is what stands behind.
func (p *Policy) CookieName(secure bool) string {
	if secure {
		return p.own.Name
	}
	return p.plainName
}

// withoutPrefix is a cookie's name over plain HTTP.
func withoutPrefix(name string) string {
	for _, prefix := range [...]string{"__Host-Http-", "__Host-", "__Http-", "__Secure-"} {
		if n := len(prefix); len(name) > n && strings.EqualFold(name[:n], prefix) {
			return name[n:]
		}
	}
	return name
}

// MaxAge is how long an answer counts, and so the cookie's Max-Age.
func (p *Policy) MaxAge() time.Duration { return p.own.MaxAge }

// FormatOwn returns the own cookie's value for a choice, signed for host (a
// Host header) when the policy has a secret. Unknown, required and repeated
// categories are left out; one that is both granted and denied is denied. An
// unknown How becomes Custom.
func (p *Policy) FormatOwn(c Choice, host string) string {
	granted, denied := p.setOf(c.Granted), p.setOf(c.Denied)
	how := c.How
	if !how.known() {
		how = Custom
	}
	b := make([]byte, 0, 64)
	b = append(b, "1."...)
	b = strconv.AppendInt(b, int64(p.revision), 10)
	b = append(b, '.')
	b = strconv.AppendInt(b, max(0, c.At.Unix()), 10)
	b = append(b, '.', byte(how), '.')
	b = p.appendNames(b, granted&^denied)
	b = append(b, '.')
	b = p.appendNames(b, denied)
	if p.signer != nil {
		b = p.signer.append(b, host)
	}
	return string(b)
}

func (p *Policy) setOf(names []string) Set {
	var s Set
	for _, name := range names {
		if i, ok := p.byName[name]; ok {
			s = s.With(i)
		}
	}
	return s &^ p.required
}

func (p *Policy) appendNames(b []byte, s Set) []byte {
	first := true
	for i := range p.categories {
		if !s.Has(i) {
			continue
		}
		if !first {
			b = append(b, '~')
		}
		b, first = append(b, p.categories[i].Name...), false
	}
	return b
}

// ParseOwn reads the own cookie's value as Decide does. Categories that the
// policy no longer has, or now requires, are left out. The error is one of
// ErrMalformed, ErrOversized, ErrSignature, ErrOutdated, ErrExpired and
// ErrFuture; with the last three the choice is what the cookie says.
func (p *Policy) ParseOwn(value, host string, now time.Time) (Choice, error) {
	v, err := p.parseOwn(value, host, now)
	if err != nil && !errors.Is(err, ErrOutdated) && !errors.Is(err, ErrExpired) && !errors.Is(err, ErrFuture) {
		return Choice{}, err
	}
	c := Choice{At: time.Unix(v.at, 0), How: v.how}
	for i := range p.categories {
		switch {
		case v.granted.Has(i):
			c.Granted = append(c.Granted, p.categories[i].Name)
		case v.denied.Has(i):
			c.Denied = append(c.Denied, p.categories[i].Name)
		}
	}
	return c, err
}

// ownValue is a Choice without allocations.
type ownValue struct {
	at              int64
	how             How
	granted, denied Set
}

// parseOwn is strict: a value that FormatOwn would not have written, for this
// policy or an earlier state of it, is malformed.
func (p *Policy) parseOwn(value, host string, now time.Time) (ownValue, error) {
	var v ownValue
	if len(value) > maxOwnCookie {
		return v, ErrOversized
	}
	var fields [7]string
	n := 0
	for rest, more := value, true; more; n++ {
		if n == len(fields) {
			return v, ErrMalformed
		}
		fields[n], rest, more = strings.Cut(rest, ".")
	}
	if n < 6 || fields[0] != "1" {
		return v, ErrMalformed
	}
	// The signature comes first: nothing of a forged value is looked at. One
	// that nobody can check any more, because the secret was taken out of the
	// configuration, says no less than none.
	if p.signer != nil && (n < 7 || !p.signer.verify(value[:len(value)-len(fields[6])-1], fields[6], host)) {
		return v, ErrSignature
	}
	revision, ok1 := decimal(fields[1])
	at, ok2 := decimal(fields[2])
	if !ok1 || !ok2 || revision > maxRevision || len(fields[3]) != 1 || !How(fields[3][0]).known() ||
		n == 7 && len(fields[6]) != signatureLength {
		return v, ErrMalformed
	}
	v.at, v.how = at, How(fields[3][0])
	var ok bool
	if v.granted, ok = p.parseNames(fields[4]); !ok {
		return ownValue{}, ErrMalformed
	}
	if v.denied, ok = p.parseNames(fields[5]); !ok || v.granted&v.denied != 0 {
		return ownValue{}, ErrMalformed
	}
	// In seconds, where nothing overflows.
	age := now.Unix() - at
	switch {
	case revision != int64(p.revision):
		return v, ErrOutdated
	case age < -int64(futureSkew/time.Second):
		return v, ErrFuture
	case age > int64(p.own.MaxAge/time.Second):
		return v, ErrExpired
	}
	return v, nil
}

// parseNames reads names joined by '~'. Names of categories that do not exist
// (any more) pass if they look like names; none may come twice.
func (p *Policy) parseNames(s string) (Set, bool) {
	var out Set
	if s == "" {
		return 0, true
	}
	for name := range strings.SplitSeq(s, "~") {
		if !source.IsName(name) {
			return 0, false
		}
		i, ok := p.byName[name]
		if !ok {
			continue
		}
		if out.Has(i) {
			return 0, false
		}
		out = out.With(i)
	}
	return out &^ p.required, true
}

// decimal reads a number as strconv.AppendInt writes it.
func decimal(s string) (int64, bool) {
	if s == "" || len(s) > 12 || len(s) > 1 && s[0] == '0' {
		return 0, false
	}
	var n int64
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		n = n*10 + int64(s[i]-'0')
	}
	return n, true
}

func (h How) known() bool { return h.String() != "none" }

package consent

import (
	"strconv"
	"strings"
	"time"
)

// tolerance is what the cookies of a denied category may still do: Category.OnDenied.
// The zero value tolerates nothing.
type tolerance struct {
	session bool
	limit   time.Duration // zero for none
}

// parseTolerance reads OnDenied, or says what is wrong with it.
func parseTolerance(text string) (t tolerance, problem string) {
	word, rest, _ := strings.Cut(text, " ")
	switch {
	case text == "" || text == Strip:
		return tolerance{}, ""
	case text == Session:
		return tolerance{session: true}, ""
	case word == "cap":
		d, ok := parseDays(strings.TrimSpace(rest))
		if !ok || d < time.Second {
			return tolerance{}, `want a time of a second or more after cap, like "cap 24h" or "cap 7d", not`
		}
		return tolerance{limit: d}, ""
	}
	return tolerance{}, `on_denied must be strip, session or "cap <duration>", not`
}

// parseDays is time.ParseDuration with days.
func parseDays(text string) (time.Duration, bool) {
	if days, ok := strings.CutSuffix(text, "d"); ok {
		n, err := strconv.ParseUint(days, 10, 16)
		return time.Duration(n) * 24 * time.Hour, err == nil
	}
	d, err := time.ParseDuration(text)
	return d, err == nil
}

// tolerate lets a cookie pass that needs the denied categories, as far as the
// strictest of them lets it.
func (p *Policy) tolerate(v *CookieVerdict, denied Set) {
	session, limit := false, time.Duration(0)
	for i := range p.tolerance {
		if !denied.Has(i) {
			continue
		}
		t := p.tolerance[i]
		if !t.session && t.limit == 0 {
			return
		}
		session = session || t.session
		if t.limit > 0 && (limit == 0 || t.limit < limit) {
			limit = t.limit
		}
	}
	v.Allow, v.Session = true, session
	if !session {
		v.Cap = limit
	}
}

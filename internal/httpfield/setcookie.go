package httpfield

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/caddy-consent/caddy-consent/internal/cookieheader"
)

// SetCookieName is the name under which a browser stores the cookie of a Set-Cookie line, and under which it
// comes back (cookieheader.Name).
func SetCookieName(line string) string {
	pair, _, _ := strings.Cut(line, ";")
	return cookieheader.Name(pair)
}

// maxAttribute is how long an attribute may be: browsers ignore longer ones
// (RFC 6265bis section 5.7).
const maxAttribute = 1024

// attributes calls f for each attribute of a Set-Cookie line, with its name as
// it is written (isNamed), until f returns false.
func attributes(line string, f func(attr, name, value string) bool) {
	_, rest, _ := strings.Cut(line, ";")
	for attr := range strings.SplitSeq(rest, ";") {
		if len(attr) > maxAttribute {
			continue
		}
		name, value, _ := strings.Cut(attr, "=")
		if !f(attr, strings.TrimSpace(name), strings.TrimSpace(value)) {
			return
		}
	}
}

// expiry is what the attributes of one name say of how long a cookie is kept.
type expiry struct {
	left  time.Duration // by the last valid one
	valid bool          // there is one
	last  bool          // and none behind it that is not valid
}

// lifetimes reads Max-Age and Expires.
func lifetimes(line string, now time.Time) (age, date expiry) {
	attributes(line, func(_, name, value string) bool {
		switch {
		case isNamed(name, "max-age"):
			seconds, ok := cookieAge(value)
			if age.last = ok; ok {
				const most = int64(math.MaxInt64 / time.Second)
				age.valid, age.left = true, time.Duration(max(-1, min(seconds, most)))*time.Second
			}
		case isNamed(name, "expires"):
			at, ok := cookieDate(value)
			if date.last = ok; ok {
				date.valid, date.left = true, at.Sub(now)
			}
		}
		return true
	})
	return age, date
}

// lifetime is how long a browser keeps the cookie: by its Max-Age, else by its
// Expires, of each of which the last counts (RFC 6265 section 5.3). ok is false
// if it is kept until the browser's session ends.
func lifetime(line string, now time.Time) (left time.Duration, ok bool) {
	age, date := lifetimes(line, now)
	if age.valid {
		return age.left, true
	}
	return date.left, date.valid
}

// IsDeletion tells whether a Set-Cookie line takes a cookie away in every browser: to some the last Max-Age counts, and the
// last Expires, also where it is not valid, and the one before does not.
func IsDeletion(line string, now time.Time) bool {
	age, date := lifetimes(line, now)
	if age.valid {
		return age.last && age.left <= 0
	}
	return date.last && date.left <= 0
}

// CapLifetime makes the cookie of a Set-Cookie line live no longer than limit. One that does not, or is kept until the
// browser's session ends, stays as it is.
func CapLifetime(line string, limit time.Duration, now time.Time) string {
	if left, ok := lifetime(line, now); !ok || left <= limit {
		return line
	}
	return SetLifetime(line, limit)
}

// cookieAge reads a Max-Age attribute (RFC 6265 section 5.2.2): digits, perhaps
// after a minus, and as many as there are.
func cookieAge(value string) (seconds int64, ok bool) {
	if value == "" || strings.Trim(strings.TrimPrefix(value, "-"), "0123456789") != "" {
		return 0, false
	}
	seconds, err := strconv.ParseInt(value, 10, 64) // of what is too large, the largest
	return seconds, err == nil || errors.Is(err, strconv.ErrRange)
}

// SetLifetime sets how long the cookie of a Set-Cookie line is kept; zero is until the browser's session
// ends.
func SetLifetime(line string, left time.Duration) string {
	pair, _, _ := strings.Cut(line, ";")
	var b strings.Builder
	b.WriteString(pair)
	if left > 0 {
		b.WriteString("; Max-Age=")
		b.WriteString(strconv.FormatInt(int64(left/time.Second), 10))
	}
	attributes(line, func(attr, name, _ string) bool {
		if name != "" && !isNamed(name, "expires") && !isNamed(name, "max-age") {
			b.WriteByte(';')
			b.WriteString(attr)
		}
		return true
	})
	return b.String()
}

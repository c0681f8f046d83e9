package httpfield

import (
	"strings"
	"time"
)

// cookieDate reads an Expires attribute as browsers do (RFC 6265 section
// 5.1.1): a day, a month, a year and a time in any order, each the first that
// looks like it, whatever else there is. It is always UTC. What it cannot read
// is no date, so that the cookie counts as one that stays.
func cookieDate(value string) (t time.Time, ok bool) {
	var hour, minute, second, day, year int
	var month time.Month
	var hasTime, hasDay, hasYear bool
	for token := range strings.FieldsFuncSeq(value, isDateDelimiter) {
		if !hasTime {
			if hour, minute, second, hasTime = clock(token); hasTime {
				continue
			}
		}
		if !hasDay {
			if day, hasDay = number(token, 1, 2); hasDay {
				continue
			}
		}
		if month == 0 {
			if month = monthOf(token); month != 0 {
				continue
			}
		}
		if !hasYear {
			year, hasYear = number(token, 2, 4)
		}
	}
	switch {
	case year >= 70 && year <= 99:
		year += 1900
	case year >= 0 && year <= 69:
		year += 2000
	}
	if !hasTime || !hasDay || month == 0 || !hasYear || year < 1601 || hour > 23 || minute > 59 || second > 59 {
		return time.Time{}, false
	}
	t = time.Date(year, month, day, hour, minute, second, 0, time.UTC)
	return t, t.Day() == day // there is such a day
}

// isDateDelimiter tells what stands between the tokens: anything but digits,
// letters, colons and what is no ASCII.
func isDateDelimiter(c rune) bool {
	return c == '\t' || c >= 0x20 && c <= 0x2F || c >= 0x3B && c <= 0x40 || c >= 0x5B && c <= 0x60 || c >= 0x7B && c <= 0x7E
}

// number reads so many digits, behind which something else may stand.
func number(token string, least, most int) (n int, ok bool) {
	digits := 0
	for digits < len(token) && token[digits] >= '0' && token[digits] <= '9' {
		if digits == most {
			return 0, false
		}
		n = 10*n + int(token[digits]-'0')
		digits++
	}
	return n, digits >= least
}

// clock reads a time of the day.
func clock(token string) (hour, minute, second int, ok bool) {
	h, rest, _ := strings.Cut(token, ":")
	m, s, found := strings.Cut(rest, ":")
	hour, hasHour := number(h, 1, 2)
	minute, hasMinute := number(m, 1, 2)
	second, hasSecond := number(s, 1, 2)
	// Only the last may have something behind it.
	ok = found && hasHour && hasMinute && hasSecond && len(h) <= 2 && len(m) <= 2 && onlyDigits(h) && onlyDigits(m)
	return hour, minute, second, ok
}

func onlyDigits(s string) bool { return strings.Trim(s, "0123456789") == "" }

// monthOf reads the first three letters of a month's name.
func monthOf(token string) time.Month {
	if len(token) < 3 {
		return 0
	}
	const names = "janfebmaraprmayjunjulaugsepoctnovdec"
	for i := range 12 {
		if strings.EqualFold(token[:3], names[3*i:3*i+3]) {
			return time.Month(1 + i)
		}
	}
	return 0
}

package httpfield

import (
	"strings"
	"testing"
	"time"
)

func TestDatesAreReadAsBrowsersReadThem(t *testing.T) {
	want := time.Date(2094, time.November, 6, 8, 49, 37, 0, time.UTC)
	for _, value := range []string{
		"Sun, 06 Nov 2094 08:49:37 GMT", "Sunday, 06-Nov-2094 08:49:37 GMT", "Sun Nov  6 08:49:37 2094", "Sun, 06-Nov-2094 08:49:37 GMT",
		"6 Nov 2094 08:49:37", "06 November 2094 8:49:37", "2094 nov 6 08:49:37", "08:49:37 2094 Nov 6", "Sun, 06 NOV 2094 08:49:37 +0200",
		"Nov/6/2094/08:49:37", "Sun; 06=Nov(2094)08:49:37", "6th Nov 2094 08:49:37", " 06 Nov 2094 08:49:37 ",
	} {
		if got, ok := cookieDate(value); !ok || !got.Equal(want) {
			t.Errorf("%q: %v, %v", value, got, ok)
		}
	}
	for value, year := range map[string]int{"69": 2069, "70": 1970, "99": 1999, "00": 2000, "1601": 1601, "001": 2001} {
		got, ok := cookieDate("01 Jan " + value + " 00:00:00")
		if !ok || got.Year() != year {
			t.Errorf("the year %s: %v, %v", value, got, ok)
		}
	}
	for _, value := range []string{
		"", "yesterday", "0", "06 Nov 2094", "08:49:37", "Nov 2094 08:49:37", "06 2094 08:49:37", "06 Nov 08:49:37",
		"00 Nov 2094 08:49:37", "32 Nov 2094 08:49:37", "31 Nov 2094 08:49:37", "29 Feb 2093 00:00:00", "06 Nov 1600 08:49:37",
		"06 Nov 20940 08:49:37", "06 Nov 2094 24:00:00", "06 Nov 2094 08:60:37", "06 Nov 2094 08:49:60", "06 Nov 2094 08:49",
		"06 Nov 2094 008:49:37", "06 Foo 2094 08:49:37", "06Nov 2094 08:49:37", "06 anf 2094 08:49:37", "06 \u017fep 2094 08:49:37", "2094-11-06T08:49:37Z", "4000000000",
	} {
		if got, ok := cookieDate(value); ok {
			t.Errorf("%q: %v", value, got)
		}
	}
}

func TestAgesAreReadAsBrowsersReadThem(t *testing.T) {
	for value, want := range map[string]int64{"0": 0, "-0": 0, "60": 60, "-1": -1, "007": 7, "99999999999999999999": 1<<63 - 1, "-99999999999999999999": -1 << 63} {
		if got, ok := cookieAge(value); !ok || got != want {
			t.Errorf("%q: %d, %v", value, got, ok)
		}
	}
	for _, value := range []string{"", "-", "+0", "+60", "1.5", "0x0", "1_000", " 1", `"0"`, "1e3", "--1", "\u0660"} {
		if got, ok := cookieAge(value); ok {
			t.Errorf("%q: %d", value, got)
		}
	}
}

// What a browser reads in another way than this server is a way around it: a
// cookie that is let through as a deletion, or whose cap does not count.
func TestNoDateIsAWayAround(t *testing.T) {
	now := time.Now()
	for _, attributes := range []string{
		"Max-Age=+0", "Max-Age=0; Max-Age=9", "Expires=Fri, 01-Jan-69 00:00:00 GMT", "Expires=Thursday, 01-Jan-69 00:00:00 GMT",
		"Expires=Mon, 01 Jan 0200 00:00:00 GMT", "Max-Age=" + strings.Repeat("0", 2000),
		"Expire\u017f=Thu, 01 Jan 1970 00:00:00 GMT", // a letter that folds to s
	} {
		if IsDeletion("_trk=1; Path=/; "+attributes, now) {
			t.Errorf("%.100s is taken for a deletion", attributes)
		}
	}
	for _, attributes := range []string{
		"Max-Age=99999999999999999999", "Expires=09 Jun 2100 10:18:14", "Expires=Wed 09 Jun 2100 10:18:14 UTC", "expires=Jun-9-2100 10:18:14",
	} {
		if got := CapLifetime("c=1; "+attributes, time.Hour, now); got != "c=1; Max-Age=3600" {
			t.Errorf("%s is capped to %s", attributes, got)
		}
	}
	for _, attributes := range []string{
		"Expires=Mon, 01 Jan 0001 00:00:00 GMT", "Expires=1-jan-70 0:0:0", "Expires=Thu Jan 01 1970 00:00:00 GMT+0000 (Coordinated Universal Time)", "Max-Age=-99999999999999999999",
	} {
		if !IsDeletion("_trk=; "+attributes, now) {
			t.Errorf("%s is no deletion", attributes)
		}
	}
}

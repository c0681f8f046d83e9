package iab

import (
	"encoding/json"
	"testing"

	"github.com/caddy-consent/caddy-consent/internal/sharedtest"
)

// expectation is what a consent cookie says of categories: nil is nothing.
type expectation struct {
	Analytics, Performance, Advertising *bool
}

// said is nil when a string has nothing to say, like an expectation's fields.
func said(answered, granted bool) *bool {
	if !answered {
		return nil
	}
	return &granted
}

func same(a, b *bool) bool { return a == nil && b == nil || a != nil && b != nil && *a == *b }

// TestRealStrings reads what consent managers have written on real sites.
func TestRealStrings(t *testing.T) {
	var all []struct {
		ID, CMP, State string
		Cookies        map[string]string
		Expect         expectation
	}
	if err := json.Unmarshal(sharedtest.Read(t, "data/cmp-vectors.json"), &all); err != nil {
		t.Fatal(err)
	}
	read := map[string]int{}
	for _, v := range all {
		for name, value := range v.Cookies {
			var got expectation
			switch v.CMP {
			case "tcf":
				s, err := ParseTCF(value)
				has := func(purposes ...int) *bool {
					granted := true
					for _, p := range purposes {
						granted = granted && s.Purpose(p)
					}
					return said(err == nil, granted)
				}
				got = expectation{Analytics: has(1, 8), Performance: has(1, 5, 6), Advertising: has(1, 2, 3, 4, 7)}
			case "gpp":
				s, err := ParseGPP(value)
				if s.Unread != 0 {
					t.Errorf("%s: %s: unread sections %b", v.ID, value, s.Unread)
				}
				got.Advertising = said(err == nil && s.Applies, !s.OptedOut)
			case "usp":
				s, err := ParseUSP(value)
				got.Advertising = said(err == nil && s.OptOutSale != NotApplicable, s.OptOutSale == No)
			default:
				continue
			}
			read[v.CMP]++
			if !same(got.Analytics, v.Expect.Analytics) || !same(got.Performance, v.Expect.Performance) ||
				!same(got.Advertising, v.Expect.Advertising) {
				t.Errorf("%s: %s=%s: disagrees with what is expected (%s)", v.ID, name, value, v.State)
			}
			answered := got != expectation{}
			if answered != (v.State == "answered") {
				t.Errorf("%s: %s=%s: answered: %v, want %s", v.ID, name, value, answered, v.State)
			}
		}
	}
	t.Logf("%v", read)
	for _, kind := range []string{"tcf", "gpp", "usp"} {
		if read[kind] == 0 {
			t.Errorf("no %s string among the shared data", kind)
		}
	}
}

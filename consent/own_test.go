package consent_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/caddy-consent/caddy-consent/consent"
)

func TestTheOwnCookieSaysWhatWasChosen(t *testing.T) {
	at := time.Unix(1700000000, 999)
	for _, c := range []struct {
		name   string
		choice consent.Choice
		want   string
	}{
		{
			"everything", consent.Choice{At: at, How: consent.AcceptAll, Granted: []string{"social", "analytics", "performance", "advertising"}},
			"1.3.1700000000.a.analytics~performance~advertising~social.",
		},
		{
			"nothing", consent.Choice{At: at, How: consent.RejectAll, Denied: []string{"social", "analytics", "performance", "advertising"}},
			"1.3.1700000000.r..analytics~performance~advertising~social",
		},
		{
			"some", consent.Choice{At: at, How: consent.Custom, Granted: []string{"analytics"}, Denied: []string{"advertising", "social"}},
			"1.3.1700000000.c.analytics.advertising~social",
		},
		{"neither", consent.Choice{At: at, How: consent.Signal}, "1.3.1700000000.g.."},
		{"by a bridge", consent.Choice{At: at, How: consent.Bridged, Granted: []string{"social"}}, "1.3.1700000000.b.social."},
		{"required categories are left out", consent.Choice{At: at, How: consent.Custom, Granted: []string{"essential", "social"}, Denied: []string{"essential"}}, "1.3.1700000000.c.social."},
		{"unknown categories are left out", consent.Choice{At: at, How: consent.Custom, Granted: []string{"socials", "a.b", ""}}, "1.3.1700000000.c.."},
		{"repeated categories are left out", consent.Choice{At: at, How: consent.Custom, Granted: []string{"social", "social"}}, "1.3.1700000000.c.social."},
		{"both granted and denied is denied", consent.Choice{At: at, How: consent.Custom, Granted: []string{"social"}, Denied: []string{"social"}}, "1.3.1700000000.c..social"},
		{"an unknown way becomes custom", consent.Choice{At: at, How: 'x'}, "1.3.1700000000.c.."},
		{"no way becomes custom", consent.Choice{At: at}, "1.3.1700000000.c.."},
		{"no time is long ago", consent.Choice{}, "1.3.0.c.."},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := compile(t, consent.Config{Revision: 3}).FormatOwn(c.choice, site); got != c.want {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestOwnCookieRoundTrip(t *testing.T) {
	categories := []string{"analytics", "performance", "advertising", "social"}
	for _, secret := range []string{"", "secret"} {
		p := compile(t, consent.Config{OwnCookie: consent.OwnCookie{Secret: secret}, Revision: 1<<31 - 1})
		// Each category is granted, denied, or not mentioned.
		for n := range 3 * 3 * 3 * 3 {
			want := consent.Choice{At: now, How: [...]consent.How{consent.AcceptAll, consent.RejectAll, consent.Custom}[n%3]}
			for i, rest := 0, n; i < len(categories); i, rest = i+1, rest/3 {
				switch rest % 3 {
				case 0:
					want.Granted = append(want.Granted, categories[i])
				case 1:
					want.Denied = append(want.Denied, categories[i])
				}
			}
			value := p.FormatOwn(want, site)
			got, err := p.ParseOwn(value, site, now)
			if err != nil || !got.At.Equal(want.At) || got.How != want.How || !slices.Equal(got.Granted, want.Granted) || !slices.Equal(got.Denied, want.Denied) {
				t.Fatalf("%s is %+v, %v, want %+v", value, got, err, want)
			}
			if again := p.FormatOwn(got, site); again != value {
				t.Fatalf("%s became %s", value, again)
			}
			// No library on the way may have a reason to quote or to escape.
			if c, err := http.ParseSetCookie("consent=" + value); err != nil || c.Value != value || c.Quoted || strings.Trim(value, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~") != "" {
				t.Fatalf("%s is not plain: %v", value, err)
			}
		}
	}
}

func TestParseOwnIsStrict(t *testing.T) {
	p := compile(t, consent.Config{Revision: 3})
	good := p.FormatOwn(consent.Choice{At: now, How: consent.Custom, Granted: []string{"analytics"}, Denied: []string{"social"}}, site)
	if _, err := p.ParseOwn(good, site, now); err != nil {
		t.Fatal(err)
	}
	// change replaces one field of the good value.
	change := func(field int, with string) string {
		fields := strings.Split(good, ".")
		fields[field] = with
		return strings.Join(fields, ".")
	}
	for _, c := range []struct{ name, value string }{
		{"empty", ""},
		{"one word", "true"},
		{"dots only", "....."},
		{"a field too few", good[:strings.LastIndexByte(good, '.')]},
		{"two fields too many", good + ".AAAAAAAAAAAAAAAA.x"},
		{"a signature that is too short", good + ".AAAA"},
		{"an empty signature", good + "."},
		{"another version", change(0, "2")},
		{"no version", change(0, "")},
		{"a revision with a zero in front", change(1, "03")},
		{"a revision with a sign", change(1, "+3")},
		{"a negative revision", change(1, "-3")},
		{"no revision", change(1, "")},
		{"a revision beyond 31 bits", change(1, "2147483648")},
		{"a revision beyond 64 bits", change(1, "18446744073709551619")},
		{"no time", change(2, "")},
		{"a time with a fraction", change(2, "1,5")},
		{"a time in hexadecimal", change(2, "0x6000000")},
		{"a time in milliseconds", change(2, "1700000000000")},
		{"no way", change(3, "")},
		{"an unknown way", change(3, "x")},
		{"a way in capitals", change(3, "C")},
		{"two ways", change(3, "ca")},
		{"a category in capitals", change(4, "Analytics")},
		{"a category that is no name", change(4, "analytics~a b")},
		{"an empty category", change(4, "analytics~")},
		{"an empty category first", change(4, "~analytics")},
		{"a category twice", change(4, "analytics~analytics")},
		{"a denied category twice", change(5, "social~social")},
		{"a category granted and denied", change(4, "social")},
		{"categories with another separator", change(4, "analytics,performance")},
		{"quotes around it", `"` + good + `"`},
		{"a space behind it", good + " "},
		{"percent-encoding", strings.ReplaceAll(good, ".", "%2E")},
		{"a line break", good + "\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := p.ParseOwn(c.value, site, now)
			if !errors.Is(err, consent.ErrMalformed) || len(got.Granted) != 0 || len(got.Denied) != 0 || got.How != 0 || !got.At.IsZero() {
				t.Errorf("%q is %+v, %v", c.value, got, err)
			}
		})
	}
}

func TestParseOwnPassesOverCategoriesThatChanged(t *testing.T) {
	p := compile(t, consent.Config{})
	value := "1.0." + "1772362800" + ".c.analytics~chat~essential.gone~social"
	got, err := p.ParseOwn(value, site, time.Unix(1772362800, 0))
	if err != nil || !slices.Equal(got.Granted, []string{"analytics"}) || !slices.Equal(got.Denied, []string{"social"}) {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestParseOwnTellsWhatAnOldAnswerSaid(t *testing.T) {
	p := compile(t, consent.Config{Revision: 3, OwnCookie: consent.OwnCookie{MaxAge: 10 * day}})
	choice := consent.Choice{How: consent.Custom, Granted: []string{"analytics"}, Denied: []string{"social"}}
	for _, c := range []struct {
		name string
		age  time.Duration
		p    *consent.Policy
		want error
	}{
		{"just now", 0, p, nil},
		{"as old as it may be", 10 * day, p, nil},
		{"a second older", 10*day + time.Second, p, consent.ErrExpired},
		{"a clock that is a day ahead", -day, p, nil},
		{"a second more", -day - time.Second, p, consent.ErrFuture},
		{"another revision", 0, compile(t, consent.Config{Revision: 2}), consent.ErrOutdated},
	} {
		t.Run(c.name, func(t *testing.T) {
			choice.At = now.Add(-c.age)
			got, err := p.ParseOwn(c.p.FormatOwn(choice, site), site, now)
			if !errors.Is(err, c.want) || !slices.Equal(got.Granted, choice.Granted) || !slices.Equal(got.Denied, choice.Denied) || !got.At.Equal(choice.At) {
				t.Errorf("%+v, %v, want error %v", got, err, c.want)
			}
		})
	}
}

func TestSignatureIsBoundToTheHost(t *testing.T) {
	p := compile(t, consent.Config{OwnCookie: consent.OwnCookie{Secret: "secret"}})
	value := p.FormatOwn(answer(p, "analytics"), site)
	for _, c := range []struct {
		name, host string
		good       bool
	}{
		{"the host", site, true},
		{"another port, which cookies do not see", site + ":8443", true},
		{"other letters", strings.ToUpper(site), true},
		{"a dot at the end", site + ".", true},
		{"all three", strings.ToUpper(site) + ".:80", true},
		{"the domain above", "shop.example", false},
		{"a subdomain", "a." + site, false},
		{"another host", "www.other.example", false},
		{"no host", "", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := consent.ErrSignature
			if c.good {
				want = nil
			}
			if _, err := p.ParseOwn(value, c.host, now); !errors.Is(err, want) {
				t.Errorf("signed for %s, seen at %q: %v, want %v", site, c.host, err, want)
			}
			r := request(p, value)
			r.Host = c.host
			if d := p.Decide(r); (d.State == consent.Answered) != c.good {
				t.Errorf("decision %+v", d)
			}
		})
	}
	v6 := p.FormatOwn(answer(p), "[2001:db8::1]:8443")
	if _, err := p.ParseOwn(v6, "[2001:db8::1]", now); err != nil {
		t.Errorf("an address without its port: %v", err)
	}
	if _, err := p.ParseOwn(v6, "[2001:db8::2]", now); !errors.Is(err, consent.ErrSignature) {
		t.Errorf("another address: %v", err)
	}
}

func TestSignatureShowsTampering(t *testing.T) {
	signed := func(secret string) *consent.Policy {
		return compile(t, consent.Config{OwnCookie: consent.OwnCookie{Secret: secret}})
	}
	p, plain := signed("secret"), compile(t, consent.Config{})
	value := p.FormatOwn(answer(p, "analytics"), site)
	unsigned := value[:strings.LastIndexByte(value, '.')]
	if unsigned != plain.FormatOwn(answer(plain, "analytics"), site) {
		t.Fatalf("%s is not a value and its signature", value)
	}
	for _, c := range []struct{ name, value string }{
		{"no signature", unsigned},
		{"an empty signature", unsigned + "."},
		{"half a signature", value[:len(value)-8]},
		{"a longer signature", value + "A"},
		{"a signature with padding", value + "="},
		{"the signature of another secret", signed("other").FormatOwn(answer(p, "analytics"), site)},
		{"the signature of another answer", p.FormatOwn(answer(p, "analytics", "social"), site)[:len(unsigned)] + value[len(unsigned):]},
		{"one category more", strings.Replace(value, ".c.analytics.", ".c.analytics~chat.", 1)},
		{"another revision", strings.Replace(value, "1.0.", "1.1.", 1)},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := p.ParseOwn(c.value, site, now); !errors.Is(err, consent.ErrSignature) {
				t.Errorf("%s: %v", c.value, err)
			}
		})
	}
	for i := range value {
		for _, with := range []byte{value[i] ^ 1, value[i] ^ 0x20, '.', '~'} {
			if with == value[i] {
				continue
			}
			forged := value[:i] + string(with) + value[i+1:]
			if got, err := p.ParseOwn(forged, site, now); err == nil || len(got.Granted) != 0 {
				t.Errorf("%s is %+v, %v", forged, got, err)
			}
		}
	}
	// The secret may be taken out of the configuration again.
	if _, err := plain.ParseOwn(value, site, now); err != nil {
		t.Errorf("a signature that nobody checks: %v", err)
	}
}

func TestEachCookie(t *testing.T) {
	for _, c := range []struct {
		name, header string
		want         []string
	}{
		{"none", "", nil},
		{"one", "a=b", []string{"a", "b"}},
		{"several", "a=b; c=d;e=f", []string{"a", "b", "c", "d", "e", "f"}},
		{"one name twice", "a=b; a=c", []string{"a", "b", "a", "c"}},
		{"an empty value", "a=; b=", []string{"a", "", "b", ""}},
		{"an equals sign in the value", "a=b=c==", []string{"a", "b=c=="}},
		{"white space around", "\t a\t=\t b \t; c = d ", []string{"a", "b", "c", "d"}},
		{"white space within", "a=b c", []string{"a", "b c"}},
		{"semicolons too many", ";;a=b; ;c=d;", []string{"a", "b", "c", "d"}},
		{"no equals sign is a value without a name", "a; b=c", []string{"", "a", "b", "c"}},
		{"an equals sign in front", "=a", []string{"", "a"}},
		{"quotes are part of the value", `a="b c"; d=e`, []string{"a", `"b c"`, "d", "e"}},
		{"a quoted semicolon still ends a cookie", `a="b;c=d"; e=f`, []string{"a", `"b`, "c", `d"`, "e", "f"}},
		{"a lone quote", `a="; b=c`, []string{"a", `"`, "b", "c"}},
		{"backslashes are part of the value", `a=b\"c\; d=e`, []string{"a", `b\"c\`, "d", "e"}},
		{"JSON", `a={"x":[1,2]}; b=c`, []string{"a", `{"x":[1,2]}`, "b", "c"}},
		{"names that are no tokens", "a/b:c[0]=d; {x}=y", []string{"a/b:c[0]", "d", "{x}", "y"}},
		{"bytes beyond ASCII", "a=\xff\xfe; b=ä", []string{"a", "\xff\xfe", "b", "ä"}},
		{"percent-encoding stays", "a%3D=b%3B", []string{"a%3D", "b%3B"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for name, value := range consent.EachCookie(c.header) {
				got = append(got, name, value)
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%q has %q, want %q", c.header, got, c.want)
			}
		})
	}
	for name := range consent.EachCookie("a=b; c=d") {
		if name != "a" {
			t.Errorf("went on to %s after break", name)
		}
		break
	}
}

package consent_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/caddy-consent/caddy-consent/consent"
)

// headerPolicy is a policy with cookies of every kind, and a visitor who
// allows nothing but what is required.
func headerPolicy(t testing.TB, unknown string) (*consent.Policy, *consent.Decision) {
	t.Helper()
	p := compile(t, consent.Config{
		Categories: []consent.Category{
			{Name: "essential", Required: true, Cookies: []string{"session", "csrf_*"}},
			{Name: "analytics", Cookies: []string{"_legacy"}},
			{Name: "brief", Cookies: []string{"b_*"}, OnDenied: consent.Session},
		},
		Vendors:        []consent.Vendor{cookieVendor("acme", "analytics", "_trk", "_trk_*", "*_id")},
		UnknownCookies: unknown,
	})
	return p, granting(t, p)
}

// cookie is one of a Cookie header, by the name that rules are asked about.
type cookie struct{ name, value string }

// named is what a rule sees of a cookie that EachCookie yields: a cookie
// without a name goes by its value, up to the '=' in it.
func named(name, value string) string {
	if name == "" {
		name, _, _ = strings.Cut(value, "=")
		name = strings.Trim(name, " \t")
	}
	return name
}

// split lists the cookies of a header.
func split(header string) (all []cookie) {
	for name, value := range consent.EachCookie(header) {
		all = append(all, cookie{name, value})
	}
	return all
}

func TestWhatIsLeftOfACookieHeaderIsLeftAsItIs(t *testing.T) {
	for _, c := range []struct {
		name, header, left string
		removed            []string
	}{
		{"an empty one", "", "", nil},
		{"nothing to remove", `a=b;  c = "d;e" ;;`, `a=b;  c = "d;e" ;;`, nil},
		{"the only one", "_trk=1", "", []string{"_trk"}},
		{"in front", "_trk=1; a=b;c", "a=b;c", []string{"_trk"}},
		{"in the middle", "a=b; _trk=1;  c=d", "a=b;  c=d", []string{"_trk"}},
		{"at the end", "a=b ; _trk=1;", "a=b", []string{"_trk"}},
		{"all of them", "_trk=1; _legacy; _trk_x=y", "", []string{"_trk", "_legacy", "_trk_x"}},
		{"by every kind of pattern", "_trk=1; _trk_2=3; my_id=4; _trkx=5; id=6", "_trkx=5; id=6", []string{"_trk", "_trk_2", "my_id"}},
		{"tolerated ones", "b_1=2; _trk=3", "b_1=2", []string{"_trk"}},
		{"required ones, and the answer", "session=1; csrf_x=2; consent=3; __Host-consent=4; _trk=5", "session=1; csrf_x=2; consent=3; __Host-consent=4", []string{"_trk"}},
		{"no name", "=_trk=1; =x; _trk; y", "=x; y", []string{"_trk", "_trk"}},
		{"tabs", "\ta=b\t;\t_trk\t=\t1\t;\tc=d\t", "a=b\t;\tc=d", []string{"_trk"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p, d := headerPolicy(t, consent.Allow)
			var removed []string
			left := p.FilterCookies(c.header, d, func(name string, v consent.CookieVerdict) {
				if v.Allow || v.Category != "analytics" {
					t.Errorf("%s was removed with %+v", name, v)
				}
				removed = append(removed, name)
			})
			if left != c.left || !slices.Equal(removed, c.removed) {
				t.Errorf("left %q without %q, want %q without %q", left, removed, c.left, c.removed)
			}
		})
	}
}

func TestUnknownCookiesAreStrippedFromARequest(t *testing.T) {
	p, d := headerPolicy(t, consent.Strip)
	left := p.FilterCookies("a=b; session=1; _trk=2; c; consent=3", d, func(name string, v consent.CookieVerdict) {
		if v.Known != (name == "_trk") {
			t.Errorf("%s: %+v", name, v)
		}
	})
	if left != "session=1; consent=3" {
		t.Errorf("left %q", left)
	}
}

// FuzzFilterCookies: what is left of a Cookie header is a part of it with its
// bytes in their order, and of its cookies, exactly those that are allowed.
// Filtered again it stays the same.
func FuzzFilterCookies(f *testing.F) {
	for _, header := range []string{
		"", "a=b; session=1", "_trk=1; a=b; _trk_x=2;session=3", `a="_trk=1; b"; _legacy=x`, "a=b ;\t_trk = 1 ;; ;c", "_trk", "=_trk=1; =; ==",
		"b_1=2; _trk=3; c==;", "my_id=1;id=2;_id=3", ";;_trk=1;;", "a=b,_trk=1", " _trk=1 ; a", "a;_trk;b;", "\xff=\x00;_trk\x00=1", "consent=1;__Host-consent=2",
	} {
		f.Add(header)
	}
	type visitor struct {
		p *consent.Policy
		d *consent.Decision
	}
	var visitors []visitor
	for _, unknown := range []string{consent.Allow, consent.Strip, consent.Session} {
		p, d := headerPolicy(f, unknown)
		visitors = append(visitors, visitor{p, d}, visitor{p, granting(f, p, "analytics", "brief")})
	}
	f.Fuzz(func(t *testing.T, header string) {
		for _, v := range visitors {
			var removed []string
			left := v.p.FilterCookies(header, v.d, func(name string, _ consent.CookieVerdict) { removed = append(removed, name) })

			var want []cookie
			var gone []string
			for _, c := range split(header) {
				name := named(c.name, c.value)
				if name == "" || v.p.Cookie(name, v.d).Allow {
					want = append(want, c)
				} else {
					gone = append(gone, name)
				}
			}
			if got := split(left); !slices.Equal(got, want) {
				t.Fatalf("%q: left %q with %q, want %q", header, left, got, want)
			}
			if !slices.Equal(removed, gone) {
				t.Fatalf("%q: removed %q, want %q", header, removed, gone)
			}
			if len(gone) == 0 && left != header {
				t.Fatalf("%q has changed to %q", header, left)
			}
			if !isPart(left, header) {
				t.Fatalf("%q: %q is no part of it", header, left)
			}
			if again := v.p.FilterCookies(left, v.d, func(name string, _ consent.CookieVerdict) { t.Fatalf("%q: %s was still there", left, name) }); again != left {
				t.Fatalf("%q, filtered again: %q", left, again)
			}
		}
	})
}

// isPart tells whether the bytes of part are in whole in their order.
func isPart(part, whole string) bool {
	for i := range len(part) {
		at := strings.IndexByte(whole, part[i])
		if at < 0 {
			return false
		}
		whole = whole[at+1:]
	}
	return true
}

// cookieHeaders are Cookie headers as they are at their worst.
func cookieHeaders(p *consent.Policy) []struct{ name, header string } {
	usual := strings.Replace(cookies, "%s", p.FormatOwn(answer(p, "analytics"), site), 1)
	var many, none, long strings.Builder
	for i := range 200 {
		if fmt.Fprintf(&none, "cookie_%d=%032x; ", i, i); i%2 == 0 {
			fmt.Fprintf(&many, "cookie_%d=%032x; ", i, i)
		} else {
			fmt.Fprintf(&many, "_ga_%08d=GS1.1.1703241600.%d; ", i, i)
		}
	}
	for long.Len() < 8<<10 {
		fmt.Fprintf(&long, "state_%d=%s; _fbp=fb.1.1596403881668.1116446470; ", long.Len(), strings.Repeat("x", 500))
	}
	return []struct{ name, header string }{
		{"usual", usual},
		{"8 KB", long.String()[:8<<10]},
		{"200 cookies, none denied", strings.TrimSuffix(none.String(), "; ")},
		{"200 cookies, half of them denied", strings.TrimSuffix(many.String(), "; ")},
	}
}

// The default policy with the whole catalog, for who allows analytics only.
func BenchmarkFilterCookies(b *testing.B) {
	p, _ := catalogPolicy(b, consent.Config{})
	d := granting(b, p) // nothing
	for _, c := range cookieHeaders(p) {
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(int64(len(c.header)))
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				p.FilterCookies(c.header, d, func(string, consent.CookieVerdict) { n++ })
			}
		})
	}
}

// To take cookies out of a header costs one allocation: what is left of it. To
// leave it alone costs none.
func TestFilterCookiesAllocatesOnce(t *testing.T) {
	p, _ := catalogPolicy(t, consent.Config{})
	d := granting(t, p)
	for _, c := range cookieHeaders(p) {
		removed := 0
		n := testing.AllocsPerRun(100, func() {
			p.FilterCookies(c.header, d, func(string, consent.CookieVerdict) { removed++ })
		})
		want := 0.0
		if removed > 0 {
			want = 1
		}
		if n > want {
			t.Errorf("%s: %v allocations, %v cookies removed", c.name, n, removed/101)
		}
	}
}

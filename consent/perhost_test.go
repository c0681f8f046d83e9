package consent_test

import (
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/caddy-consent/caddy-consent/consent"
	"github.com/caddy-consent/caddy-consent/consent/weburl"
)

// What is remembered of a host is what is found of it the first time, whoever asks at the same
// time and however many hosts there are in between. Explaining a rule remembers nothing.
func TestHostsThatWereMetKeepTheirRules(t *testing.T) {
	p := compile(t, consent.Config{Catalog: []consent.Vendor{
		{ID: "a", Categories: []string{"analytics"}, URLs: []string{"*.known.example", "known.*/a/b/*", "a.known.example/x/*?q=1*"}},
		{ID: "b", Categories: []string{"social"}, URLs: []string{"known.example", "known.example/a/*", "a.known.example/x/*?q=2*"}},
		{ID: "c", Categories: []string{"advertising"}, URLs: []string{"known.*", "*.known.*/a/*", "b.a.known.example/x/*", "a.known.example/x/*"}},
		{ID: "d", Categories: []string{"advertising"}, URLs: []string{"*/a/b/*", "*/begins*", "a.b.example"}},
	}})
	d := granting(t, p)
	labels := []string{"a", "b", "known", "unknown", "known-not", strings.Repeat("long", 15)}
	ends := []string{"example", "known.example", "known.co.uk", "known.github.io", "xn--p1ai", "known"}
	host := func() string {
		var b strings.Builder
		for range rand.IntN(6) {
			b.WriteString(labels[rand.IntN(len(labels))] + ".")
		}
		return b.String() + ends[rand.IntN(len(ends))]
	}
	paths := []string{"/", "/a/1", "/a/b/1", "/x/1", "/x/1?q=11", "/x/1?q=22&q=3", "/begins-so", "/b?%71=1"}
	type question struct {
		url  *weburl.URL
		want []consent.Rule
	}
	questions := make([]question, 20_000)
	vendors := map[string]bool{}
	for i := range questions {
		u := parse(t, "https://"+host()+paths[rand.IntN(len(paths))])
		questions[i] = question{u, p.ExplainURL(u, []byte(site), 0)}
	}
	var visitors sync.WaitGroup
	for range 2 {
		order := rand.Perm(len(questions))
		order = append(order, order[:len(order)/2]...) // once more
		visitors.Go(func() {
			for _, i := range order {
				q := questions[i]
				v := p.URL(q.url, []byte(site), d)
				if len(q.want) == 0 && v.Known || len(q.want) > 0 && q.want[0].Vendor != v.Vendor {
					t.Errorf("%s: %s, but the verdict is %+v", q.url.Host, short(q.want), v)
					return
				}
			}
		})
	}
	visitors.Wait()
	for _, q := range questions {
		if len(q.want) > 0 {
			vendors[q.want[0].Vendor] = true
		}
	}
	if len(vendors) != 4 {
		t.Errorf("rules of %v only were asked for", vendors)
	}
}

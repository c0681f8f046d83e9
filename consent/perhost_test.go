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
// time and however many hosts there are in between. Rules are explained by going through all of them.
func TestHostsThatWereMetKeepTheirRules(t *testing.T) {
	third := &consent.Condition{Party: consent.ThirdParty}
	p := compile(t, consent.Config{Except: []string{"known.example/a/b/*", "*/begins-so?ok=1"}, Lists: []consent.List{list(
		consent.ListURL{Pattern: "unknown.example", Line: 1}, consent.ListURL{Pattern: "a.unknown.example", Allow: true, Line: 2},
		consent.ListURL{Pattern: "b.unknown.example/x/*", Only: third, Line: 3}, consent.ListURL{Pattern: "b.example", Allow: true, Always: true, Line: 4},
	)}, Catalog: []consent.Vendor{
		{ID: "a", Categories: []string{"analytics"}, URLs: []string{"*.known.example", "known.*/a/b/*", "a.known.*/x/1", "a.known.example/x/*?q=1*"}},
		{ID: "b", Categories: []string{"social"}, URLs: []string{"known.example", "known.example/a/*", "known.co.uk/a/*", "*.known.co.uk", "a.known.example/x/*?q=2*"}},
		{ID: "c", Categories: []string{"advertising"}, URLs: []string{"known.*", "*.known.*/a/*", "b.a.known.example/x/*", "a.known.example/x/*"}},
		{ID: "d", Categories: []string{"advertising"}, URLs: []string{"*/a/b/*", "*/begins*", "a.b.example"}},
	}})
	d := granting(t, p)
	labels := []string{"a", "b", "known", "unknown", "known-not", strings.Repeat("long", 15)}
	ends := []string{"example", "known.example", "unknown.example", "b.example", "known.co.uk", "known.github.io", "xn--p1ai", "known"}
	host := func() string {
		var b strings.Builder
		for range rand.IntN(6) {
			b.WriteString(labels[rand.IntN(len(labels))] + ".")
		}
		return b.String() + ends[rand.IntN(len(ends))]
	}
	paths := []string{"/", "/a/1", "/a/b/1", "/x/1", "/x/1?q=11", "/x/1?q=22&q=3", "/begins-so", "/begins-so?ok=1", "/b?%71=1"}
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
				if vendor := decides(q.want); v.Vendor != vendor {
					t.Errorf("%s: %s, but the verdict is %+v", q.url.Host, short(q.want), v)
					return
				}
			}
		})
	}
	visitors.Wait()
	for _, q := range questions {
		vendors[decides(q.want)] = true
	}
	if len(vendors) != 6 { // the list, and nobody
		t.Errorf("rules of %v only were asked for", vendors)
	}
}

// decides is the vendor of the rule that does, "" if there is none.
func decides(rules []consent.Rule) string {
	if len(rules) == 0 {
		return ""
	}
	return rules[0].Vendor // "" of an exception
}

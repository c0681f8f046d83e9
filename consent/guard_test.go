package consent_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/caddy-consent/caddy-consent/consent"
	"github.com/caddy-consent/caddy-consent/consent/catalog"
)

// What a guard knows names nobody: no vendor, no host, no path and no cookie.
func TestAGuardNamesNobody(t *testing.T) {
	vendors := catalog.Vendors()
	p, _, err := consent.Compile(consent.Config{Catalog: vendors})
	if err != nil {
		t.Fatal(err)
	}
	d := p.Nothing()
	g := p.Guard(&d)
	text, err := json.Marshal(g)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d bytes for %d vendors", len(text), len(vendors))
	for _, v := range vendors {
		words := append([]string{`"` + v.ID + `"`}, v.URLs...)
		for _, c := range v.Cookies {
			words = append(words, `"`+strings.Trim(c.Name, "*")+`"`)
		}
		for _, word := range words {
			if word = strings.Trim(word, "*/"); len(word) > 4 && strings.Contains(string(text), word) {
				t.Errorf("%s: %s can be read", v.ID, word)
			}
		}
	}
	if len(g.Marks) == 0 {
		t.Fatal("nothing is denied")
	}
	all := p.Chosen(consent.Choice{Granted: []string{"essential", "analytics", "performance", "advertising", "social"}}, &d)
	for _, mark := range g.Marks {
		if p.VendorGranted(&d, mark) || !p.VendorGranted(&all, mark) {
			t.Errorf("%s is not granted as its vendor is", mark)
		}
	}
	if left := p.Guard(&all); len(left.Marks) != 0 {
		t.Errorf("with everything granted %d vendors are blocked", len(left.Marks))
	}
}

package consent_test

import (
	"testing"

	"github.com/caddy-consent/caddy-consent/consent"
)

// A handler that tells a vendor something, among what the page needs, goes on: the stub takes the call. Where there is
// none, or what it stands in for is there, it does not.
func TestAHandlerGoesOnWhereAStubTakesTheCall(t *testing.T) {
	p := compile(t, consent.Config{Vendors: []consent.Vendor{
		{ID: "stats", Categories: []string{"analytics"}, Inline: []string{"st('send',", "_q.push(['track", "layer.push({", "st.ready("}, Stubs: []string{"st()", "_q[]", "tag()>layer", "st.ready()", "both()"}, URLs: []string{"tracker.test"}},
		{ID: "ads", Categories: []string{"advertising"}, Inline: []string{"tag('event','AW-", "plainCall(", "both('send',"}, Stubs: []string{"tag()>layer", "both()"}},
	}})
	for _, c := range []struct {
		code    string
		granted []string
		blocked bool
	}{
		{"st('send', 'event'); return validate(this)", nil, false},
		{"window._q.push(['trackEvent', 1]); openMenu()", nil, false},
		{"layer.push({ event: 'x' })", nil, true},
		{"st.ready(go)", nil, false},
		{"tag('event', 'AW-1')", nil, true},
		{"both('send', 1)", nil, false},
		{"both('send', 1)", []string{"analytics"}, true}, // stats brings the function
		{"plainCall(1)", nil, true},
		{"st('send', 1); plainCall(1)", nil, true},
		{"st('send', 1); this.src = 'https://tracker.test/x'", nil, true},
	} {
		d := granting(t, p, c.granted...)
		if v := p.InlineHandler([]byte(c.code), []byte(site), d); v.Blocked != c.blocked {
			t.Errorf("%s, granted %q: %+v", c.code, c.granted, v)
		}
		if v := p.Inline([]byte(c.code), []byte(site), d); !v.Blocked && len(c.granted) == 0 {
			t.Errorf("%s as a script: %+v", c.code, v)
		}
	}
}

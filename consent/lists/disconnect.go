package lists

import (
	"golang.org/x/net/publicsuffix"

	"github.com/caddy-consent/caddy-consent/consent"
	"github.com/caddy-consent/caddy-consent/consent/weburl"
)

// disconnect reads services.json: categories of entities, whose sites have lists of hosts.
//
//	{"categories": {"Advertising": [{"Acme": {"https://acme.example/": ["ads.acme.example"]}}]}}
//
// The hosts count on the sites of others only.
func (l *reader) disconnect(data []byte) error {
	var only *consent.Condition // of the entity's site that is being read
	err := walk(data, func(path []string, text string, key bool, line int) error {
		if len(path) == 0 || path[0] != "categories" {
			return nil
		}
		switch {
		case key && len(path) == 1:
			l.takes(text)
		case key && len(path) == 4: // an entity's site; the host in it is the entity's own
			only = &consent.Condition{Party: consent.ThirdParty}
			var u weburl.URL
			if u.Parse([]byte(text), nil) {
				host := string(u.Host)
				if domain, err := publicsuffix.EffectiveTLDPlusOne(host); err == nil {
					host = domain // www.acme.example is not all that is theirs
				}
				only.NotSites = []string{host}
			}
		case !key && len(path) == 6:
			if !l.takes(path[1]) {
				return nil
			}
			if host := weburl.Host(text); host != "" {
				return l.add(&consent.ListURL{Pattern: host, Line: line, Entity: path[3], Only: only}, text)
			}
			l.skip(line, notUnderstood, text)
		}
		return nil
	})
	switch {
	case err != nil:
		return l.jsonMistake(data, err)
	case len(l.seen) == 0:
		return l.fail(1, `no list of format %s: want {"categories": {…}}`, Disconnect)
	}
	return nil
}

package catalog_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/caddy-consent/caddy-consent/internal/sharedtest"
)

// unrecognised is what the shared table of vendors has and the catalog takes
// for nobody's, and why. Items are named as in the table: "vendor: item".
var unrecognised = []struct {
	why   string
	items []string
}{{
	"Sites of the vendor itself and of its customers have names like this too: the hosts that pages fetch from are in the catalog.",
	[]string{
		"Adobe Launch / DTM: *.adobedtm.com", "Brightcove: *.brightcove.com", "Crisp: *.crisp.chat", "Dailymotion: *.dmcdn.net", "Drift: *.drift.com",
		"Drip: *.getdrip.com", "Mapbox: *.mapbox.com", "Pingdom RUM: *.pingdom.net", "PostHog: *.posthog.com", "PureChat: *.purechat.com",
		"Segment: *.segment.com", "Segment: *.segment.io", "SurveyMonkey: *.surveymonkey.com", "Tawk.to: *.tawk.to", "Trustpilot widget: *.trustpilot.com",
		"Typeform: *.typeform.com", "UserVoice: *.uservoice.com", "Userlike: *.userlike.com", "Vidyard: *.vidyard.com", "Wistia: *.wistia.com",
		"Zoho SalesIQ: *.zohopublic.com",
	},
}, {
	"What is there is linked to more than it is embedded. Embedded, it says so in its query, and is recognised.",
	[]string{
		"Calendly: calendly.com", "Google Docs/Forms/Calendar embeds: docs.google.com/document/d/e/",
		"Google Docs/Forms/Calendar embeds: docs.google.com/forms/d/e/", "YouTube embed: youtu.be",
	},
}, {
	"Not only its analytics asks there: signing in and messages of an app do as well.",
	[]string{"Firebase Analytics: firebaseinstallations.googleapis.com"},
}, {
	"A site's own files have such names. A collector is recognised by /com.snowplowanalytics.snowplow/, a snippet by its text.",
	[]string{"Snowplow: /sp.js", "Snowplow: /i?"},
}, {
	"So short that sites call cookies of their own so.",
	[]string{"Akamai mPulse: RT", "Pingdom RUM: pa", "Snowplow: sp"},
}, {
	"Several vendors, and sites, find the domain for their cookies by one of this name. It goes at once.",
	[]string{"Segment: __tld__"},
}, {
	"Others' cookies begin like this too: the catalog has the vendor's by their full names, or by all of their form.",
	[]string{
		"CookieYes (CMP): cky-*", "Crazy Egg: ce_*", "Mouseflow: mf_*", "Pardot (Account Engagement): visitor_id*", "Piwik PRO: stg_*", "etracker: et_*",
		"Google Optimize (retired): _opt_*", //nolint:misspell // a name
	},
}, {
	"The vendor sets its cookies on its own domain only, where no site sees them.",
	[]string{"Perfect Audience: pa-*"},
}, {
	"Holds calls or times until the vendor's script comes, which is recognised by its address. It sends nothing.",
	[]string{"SpeedCurve LUX: LUX=", "Vercel Analytics: window.va"},
}, {
	"The player that it sets up may be the site's own, with its own films.",
	[]string{"JW Player: jwplayer("},
}, {
	"The vendor's snippet sets NREUM.loader_config.",
	[]string{"New Relic Browser: newrelic.loader_config"},
}}

// bareWord is an inline signature without any punctuation. Scripts name it in
// more ways than the vendor's snippet does: see
// TestAScriptThatOnlyNamesAVendorIsNotBlocked.
var bareWord = regexp.MustCompile(`^[\w$-]+$`)

// slot stands in the table's paths for what differs from site to site.
var slot = regexp.MustCompile(`\{.*?\}`)

// Most signatures are a script with one of these around them.
var around = []struct{ before, behind string }{
	{"", ""}, {"", "('x');"}, {"", "({});"}, {"", "'x');"}, {"", " = {};"}, {"", ".push({});"}, {"", "'init', 'x');"}, {"new ", "({});"},
}

// snippets are how the vendor's own go on, for the others.
var snippets = map[string]string{
	"!function(f,b,e,v,n,t,s)":        "!function(f,b,e,v,n,t,s){t=b.createElement(e);t.src=v;}(window,document,'script','https://connect.facebook.net/en_US/fbevents.js');",
	"'use.typekit.net/'+config.kitId": "tk.src='https://use.typekit.net/'+config.kitId+'.js';",
	",'_gs')":                         "}(window,document,'script','_gs');_gs('GSN-123456-A');",
	"AWIN.Tracking":                   "AWIN.Tracking.Sale = {};",
	"Appcues.":                        "Appcues.identify('1');",
	"Stripe(":                         "var stripe = Stripe('pk_live_1');",
	"_gaq.push":                       "_gaq.push(['_setAccount', 'UA-1-1']);",
	"_gs('":                           "_gs('GSN-123456-A');",
	"_paq.push":                       "_paq.push(['trackPageView']);",
	"analytics.load(":                 "analytics.load('x');analytics.page();",
	"clarity.ms/tag/":                 "t.src='https://www.clarity.ms/tag/'+i;",
	"fbevents.js":                     "t.src='https://connect.facebook.net/en_US/fbevents.js';",
	"fbq('":                           "fbq('init', '1');",
	"ga('create'":                     "ga('create', 'UA-1-1', 'auto');",
	"google.accounts.id":              "google.accounts.id.initialize({});",
	"googletagmanager.com/gtm.js":     "j.src='https://www.googletagmanager.com/gtm.js?id='+i;",
	"gtm.start":                       "w[l].push({'gtm.start':new Date().getTime(),event:'gtm.js'});",
	"hj.q":                            "h.hj=h.hj||function(){(h.hj.q=h.hj.q||[]).push(arguments)};h._hjSettings={hjid:1,hjsv:6};",
	"instgrm.Embeds":                  "instgrm.Embeds.process();",
	"mpq.push":                        "mpq.push(['init', 'x']);",
	"optimize.js":                     "s.src='https://www.googleoptimize.com/optimize.js?id=OPT-1';",
	"optimizely.push":                 "window.optimizely.push({type: 'page', pageName: 'x'});",
	"pintrk(":                         "pintrk('load', '1');",
	"rg4js(":                          "rg4js('apiKey', 'x');",
	"spdt(":                           "spdt('conf', {key: 'x'});",
	"twttr.widgets":                   "twttr.widgets.load();",
	"userpilot.":                      "userpilot.identify('1');",
	"vgo(":                            "vgo('setAccount', '1');",
	"window.mixpanel":                 "(function(f,b){window.mixpanel=b;})(document,window.mixpanel||[]);mixpanel.init('x');",
	"zE(":                             "zE('webWidget', 'open');",
}

// The shared table of vendors is older than the catalog, and from other
// sources. What it knows is recognised, or is in unrecognised.
func TestVendorsOfTheSharedTableAreRecognised(t *testing.T) {
	lines := strings.Split(strings.TrimSpace(string(sharedtest.Read(t, "data/vendors.tsv"))), "\n")
	if want := "vendor\tcategory\thosts\tpath_hints\tinline_signatures\tcookies\t"; !strings.HasPrefix(lines[0], want) {
		t.Fatalf("the columns are %q, want %q", lines[0], want)
	}
	p, d := denied(t)
	why, asked := make(map[string]string), make(map[string]int)
	for _, u := range unrecognised {
		for _, item := range u.items {
			why[item] = u.why
		}
	}
	for _, line := range lines[1:] {
		row := strings.Split(line, "\t")
		check := func(kind, item string, recognised bool) {
			asked[kind]++
			key := row[0] + ": " + item
			if _, excepted := why[key]; recognised == excepted {
				t.Errorf("%s %s: recognised is %v, that it need not be is %q", kind, key, recognised, why[key])
			}
			delete(why, key)
		}
		hosts, hints := fields(row[2]), fields(row[3])
		known := func(raw string) bool {
			v := judgeURL(t, p, d, raw)
			return v.Blocked || v.Known
		}
		for _, host := range hosts {
			if strings.HasPrefix(host, "{") {
				continue // any
			}
			check("host", host, slices.ContainsFunc(append([]string{"/"}, hints...), func(hint string) bool {
				raw := tableURL(host, hint)
				return strings.HasPrefix(raw, tableURL(host, "/")) && known(raw) // and not a hint of another host
			}))
		}
		for _, hint := range hints {
			check("path", hint, slices.ContainsFunc(hosts, func(host string) bool { return known(tableURL(host, hint)) }))
		}
		for _, signature := range fields(row[4]) {
			if !isScript(signature) {
				continue
			}
			scripts := []string{snippets[signature]}
			for _, a := range around {
				scripts = append(scripts, a.before+signature+a.behind)
			}
			check("signature", signature, slices.ContainsFunc(scripts, func(script string) bool {
				v := p.Inline([]byte(script), []byte(site), d)
				return v.Blocked || v.Known
			}))
		}
		for _, name := range fields(row[5]) {
			if strings.Contains(name, "@") {
				continue // of the vendor's own domain
			}
			check("cookie", name, slices.ContainsFunc([]string{"", "0a1b", "_0a1b", "-0a1b"}, func(rest string) bool {
				return p.Cookie(strings.ReplaceAll(name, "*", rest), d).Vendor != ""
			}))
		}
	}
	for item := range why {
		t.Errorf("%s is not in the table", item)
	}
	for kind, least := range map[string]int{"host": 300, "path": 250, "signature": 60, "cookie": 300} {
		if asked[kind] < least {
			t.Errorf("only %d of kind %s: was the table read?", asked[kind], kind)
		}
	}
	t.Logf("asked for %v", asked)
}

func fields(column string) []string {
	return strings.FieldsFunc(column, func(c rune) bool { return c == ';' })
}

// tableURL is a URL that the table means by a host and a hint of a path, which
// may begin with a host of its own.
func tableURL(host, hint string) string {
	hint, _, _ = strings.Cut(hint, " (") // a remark
	hint = strings.ReplaceAll(slot.ReplaceAllString(hint, "1"), "*", "x")
	if strings.HasSuffix(hint, "/container_") {
		hint += "ZetIg1f3.js" // as Matomo names them
	}
	if first, rest, has := strings.Cut(hint, "/"); has && strings.Contains(first, ".") {
		if host == "www."+first {
			first = host
		}
		return "https://" + first + "/" + rest
	}
	if strings.HasPrefix(host, "{") {
		host = "stats.shop.example"
	}
	return "https://" + strings.Replace(host, "*.", "x.", 1) + "/" + strings.TrimPrefix(hint, "/")
}

// isScript tells of an inline signature whether it is more than a word, and no
// attribute of an element.
func isScript(signature string) bool {
	return !bareWord.MatchString(signature) && !strings.HasPrefix(signature, "id=")
}

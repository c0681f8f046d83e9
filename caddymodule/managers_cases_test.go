package caddymodule_test

import "net/url"

// manager is a consent manager whose page stands in testdata/managers.
type manager struct {
	page    string
	source  string // as the site's Caddyfile says it
	cookie  string // its name
	before  string // what it holds while nobody has answered; "" if it is not there
	choices []choice
}

// choice is what a visitor does in the manager's own dialog.
type choice struct {
	name    string
	clicks  []string // on what, in this order
	value   string   // of the cookie, as it is sent; with a "*" at its end only its beginning
	granted []string
	then    *choice // how the visitor changes their mind on the next page
}

var everything = []string{"analytics", "advertising", "social"}

// escaped is what scripts make of JSON with encodeURIComponent.
var escaped = url.QueryEscape

// rejected is a choice that takes everything back.
func rejected(value string, clicks ...string) *choice {
	return &choice{"reject after all", clicks, value, nil, nil}
}

// The values are those that the packages write: whoever updates one of them
// sees here what has changed.
var managers = []manager{
	{
		page:   "vanilla-v3.html",
		cookie: "cc_cookie",
		source: `source vanilla {
			analytics categories[analytics]
			advertising categories[ads]
			social categories[social]
		}`,
		choices: []choice{
			{
				"accept", []string{"#cc-main .cm [data-role=all]"},
				escaped(`{"categories":["necessary","analytics","ads","social"],"revision":0,`) + "*", everything,
				rejected(escaped(`{"categories":["necessary"],"revision":0,`)+"*", "#again", "#cc-main .pm [data-role=necessary]"),
			},
			{
				"reject", []string{"#cc-main .cm [data-role=necessary]"},
				escaped(`{"categories":["necessary"],"revision":0,`) + "*", nil, nil,
			},
			{
				"analytics alone", []string{"#cc-main .cm [data-role=show]", "#cc-main .section__toggle[value=analytics]", "#cc-main .pm [data-role=save]"},
				escaped(`{"categories":["necessary","analytics"],"revision":0,`) + "*", []string{"analytics"}, nil,
			},
		},
	},
	{
		// What Go's own reader of cookies drops: JSON as it is, with its quotes.
		page:   "vanilla-v2.html",
		cookie: "cc_cookie",
		source: `source vanilla {
			analytics categories[analytics]
			advertising categories[ads]
			social categories[social]
		}`,
		choices: []choice{
			{
				"accept", []string{"#c-p-bn"},
				`{"categories":["necessary","analytics","ads","social"],"level":["necessary","analytics","ads","social"],"revision":0,*`, everything,
				rejected(`{"categories":["necessary"],"level":["necessary"],"revision":0,*`, "#again", "#s-rall-bn"),
			},
			{
				"reject", []string{"#c-s-bn"},
				`{"categories":["necessary"],"level":["necessary"],"revision":0,*`, nil, nil,
			},
			{
				"analytics alone", []string{"#cm [data-cc=c-settings]", ".c-tgl[value=analytics]", "#s-sv-bn"},
				`{"categories":["necessary","analytics"],"level":["necessary","analytics"],"revision":0,*`, []string{"analytics"}, nil,
			},
		},
	},
	{
		page:   "klaro.html",
		cookie: "klaro",
		source: `source klaro {
			analytics stats
			advertising adverts
			social friends
		}`,
		choices: []choice{
			{
				"accept", []string{".klaro .cookie-notice .cm-btn-success"},
				escaped(`{"stats":true,"adverts":true,"friends":true}`), everything,
				rejected(escaped(`{"stats":false,"adverts":false,"friends":false}`), "#again", "#purpose-item-disableAll", ".klaro .cookie-modal .cm-btn-accept"),
			},
			{
				"reject", []string{".klaro .cookie-notice .cn-decline"},
				escaped(`{"stats":false,"adverts":false,"friends":false}`), nil, nil,
			},
			{
				"analytics alone", []string{".klaro .cn-learn-more", "#purpose-item-analytics", ".klaro .cookie-modal .cm-btn-accept"},
				escaped(`{"stats":true,"adverts":false,"friends":false}`), []string{"analytics"}, nil,
			},
		},
	},
	{
		// It asks for everything at once.
		page:   "cookieconsent.html?type=opt-in",
		cookie: "cookieconsent_status",
		source: "source cookieconsent",
		choices: []choice{
			{"accept", []string{".cc-window .cc-allow"}, "allow", everything, rejected("deny", ".cc-revoke", ".cc-window .cc-deny")},
			{"reject", []string{".cc-window .cc-deny"}, "deny", nil, nil},
		},
	},
	{
		// It asks for nothing, and who has read that has allowed nothing.
		page:    "cookieconsent.html?type=info",
		cookie:  "cookieconsent_status",
		source:  "source cookieconsent",
		choices: []choice{{"close", []string{".cc-window .cc-dismiss"}, "dismiss", nil, nil}},
	},
	{
		page:   "tarteaucitron.html",
		cookie: "tarteaucitron",
		before: "!adverts=wait!stats=wait!friends=wait",
		source: `source tarteaucitron {
			analytics stats
			advertising adverts
			social friends
		}`,
		choices: []choice{
			{
				"accept", []string{".listens #tarteaucitronPersonalize2"}, "!adverts=true!stats=true!friends=true", everything,
				rejected("!adverts=false!stats=false!friends=false", ".listens #tarteaucitronManager", "#tarteaucitronAllDenied"),
			},
			{"reject", []string{".listens #tarteaucitronAllDenied2"}, "!adverts=false!stats=false!friends=false", nil, nil},
			{
				"analytics alone", []string{".listens #tarteaucitronCloseAlert", "#statsAllowed", "#tarteaucitronClosePanel"},
				"!adverts=wait!friends=wait!stats=true", []string{"analytics"}, nil,
			},
		},
	},
	{
		page:   "c15t.html",
		cookie: "c15t",
		source: `source c15t {
			social c.marketing
		}`,
		choices: []choice{
			{
				"accept", []string{"#accept"}, "c.necessary:1,c.functionality:1,c.measurement:1,c.experience:1,c.marketing:1,i.t:*", everything,
				rejected("c.necessary:1,i.t:*", "#again", "#reject"),
			},
			{"reject", []string{"#reject"}, "c.necessary:1,i.t:*", nil, nil},
			{"analytics alone", []string{"#measurement", "#save"}, "c.necessary:1,c.measurement:1,i.t:*", []string{"analytics"}, nil},
		},
	},
}

package consent_test

import (
	"fmt"
	"time"

	"github.com/caddy-consent/caddy-consent/consent"
	"github.com/caddy-consent/caddy-consent/consent/catalog"
	"github.com/caddy-consent/caddy-consent/consent/weburl"
)

// A site's policy is compiled once. Each request gets its own decision, and
// what is in the page and in the cookies is judged by it.
func Example() {
	policy, warnings, err := consent.Compile(consent.Config{
		Catalog: catalog.Vendors(),
		Vendors: []consent.Vendor{{
			ID:         "acme-stats",
			Name:       "Acme Stats",
			Categories: []string{"analytics"},
			URLs:       []string{"stats.acme.example", "/metrics/*"},
			Cookies:    []consent.Cookie{{Name: "_acme*"}},
		}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("warnings:", len(warnings))

	// The visitor allowed social media, and nothing else that is asked.
	now := time.Date(2026, time.March, 1, 12, 0, 0, 0, time.UTC)
	value := policy.FormatOwn(consent.Choice{
		At: now, How: consent.Custom,
		Granted: []string{"social"},
		Denied:  []string{"analytics", "performance", "advertising"},
	}, "www.shop.example")
	fmt.Println("cookie:", value)

	decision := policy.Decide(consent.Request{
		Cookies: []string{"theme=dark; __Host-consent=" + value},
		Host:    "www.shop.example",
		Secure:  true,
		Now:     now.Add(time.Hour),
	})
	fmt.Println("granted:", policy.GrantedNames(&decision))

	var page, u weburl.URL
	page.Parse([]byte("https://www.shop.example/"), nil)
	for _, src := range []string{
		"//connect.facebook.net/en_US/sdk.js",
		"//connect.facebook.net/en_US/fbevents.js",
		"/metrics/visit.js",
		"/app.js",
	} {
		if !u.Parse([]byte(src), &page) {
			continue
		}
		switch v := policy.URL(&u, page.Host, &decision); {
		case v.Blocked:
			fmt.Printf("%s: %s needs %s\n", src, v.VendorName, v.Category)
		default:
			fmt.Printf("%s: allowed\n", src)
		}
	}

	script := []byte(`fbq('init', '1234'); fbq('track', 'PageView');`)
	fmt.Println("inline script blocked:", policy.Inline(script, page.Host, &decision).Blocked)
	fmt.Println("cookie _acme_id allowed:", policy.Cookie("_acme_id", &decision).Allow)
	// Output:
	// warnings: 0
	// cookie: 1.0.1772366400.c.social.analytics~performance~advertising
	// granted: [essential social]
	// //connect.facebook.net/en_US/sdk.js: allowed
	// //connect.facebook.net/en_US/fbevents.js: Facebook Custom Audience (Meta Pixel) needs advertising
	// /metrics/visit.js: Acme Stats needs analytics
	// /app.js: allowed
	// inline script blocked: true
	// cookie _acme_id allowed: false
}

// A mistake in a policy is explained to the person who wrote it.
func ExampleError() {
	_, _, err := consent.Compile(consent.Config{
		Catalog:    catalog.Vendors(),
		Categories: []consent.Category{{Name: "analytics", Vendors: []string{"mixpanell"}}},
	})
	fmt.Println(err)
	// Output: category "analytics": unknown vendor "mixpanell", did you mean "mixpanel"?
}

func ExampleEachCookie() {
	for name, value := range consent.EachCookie(`theme=dark; prefs={"size":"l"}`) {
		fmt.Printf("%s is %s\n", name, value)
	}
	// Output:
	// theme is dark
	// prefs is {"size":"l"}
}

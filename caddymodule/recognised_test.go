package caddymodule

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/publicsuffix"

	"github.com/caddy-consent/caddy-consent/consent/weburl"
	"github.com/caddy-consent/caddy-consent/internal/sharedtest"
)

// recognised is the share of tag loads, of those that the yardstick knows for trackers,
// that the catalog must know.
const recognised = 0.95

// counted are the categories of third-party-web whose entities' loads are counted.
var counted = []string{"ad", "analytics", "social", "tag-manager", "customer-success", "marketing"}

// entities knows entities by their hosts: third-party-web's data.
type entities map[string]entity

type entity struct{ Name, Category string }

func readEntities(t *testing.T) entities {
	t.Helper()
	var list []struct {
		Name, Category string
		Domains        []any // some are regular expressions, which no host here needs
	}
	if err := json.Unmarshal(sharedtest.Read(t, "data/sources/third-party-web-entities.json"), &list); err != nil {
		t.Fatal(err)
	}
	y := entities{}
	for _, e := range list {
		for _, d := range e.Domains {
			if domain, ok := d.(string); ok {
				y[strings.TrimPrefix(domain, "*.")] = entity{e.Name, e.Category}
			}
		}
	}
	return y
}

// of is the entity of a host: that of the longest domain which has one.
func (y entities) of(host string) entity {
	for domain, more := host, true; more; _, domain, more = strings.Cut(domain, ".") {
		if e, ok := y[domain]; ok {
			return e
		}
	}
	return entity{}
}

// A page says where it is from in one of these elements.
var (
	ownElement = regexp.MustCompile(`(?i)<(?:link|meta)\s[^>]*(?:rel=["']?canonical|og:url)[^>]*>`)
	ownURL     = regexp.MustCompile(`(?i)(?:href|content)=["']?(?:https?:)?//([a-z0-9.-]+)`)
)

// ownHost is where a page is from, if it says so.
func ownHost(page []byte) string {
	for _, element := range ownElement.FindAll(page, -1) {
		if url := ownURL.FindSubmatch(element); url != nil {
			return string(url[1])
		}
	}
	return "page.invalid"
}

// publishers are entities of the yardstick whose hosts serve, besides tags, the sites of
// their own that it does not list with them. On such a site what they send is the site's.
var publishers = map[string]string{
	"engadget.com":          "AOL / Oath / Verizon Media",
	"heraldsun.com.au":      "News",
	"headlines.yahoo.co.jp": "Yahoo! JAPAN Ads",
}

// owner is the entity that a page is from: that of its host, or of its publisher.
func (y entities) owner(host string) string {
	for domain, more := host, true; more; _, domain, more = strings.Cut(domain, ".") {
		if name, ok := publishers[domain]; ok {
			return name
		}
	}
	return y.of(host).Name
}

// What real pages load of others, and how much of it the catalog knows.
func TestTheCatalogKnowsWhatRealPagesLoad(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(sharedtest.Path(t, "data/pages"), "*.html"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%d pages, %v", len(files), err)
	}
	handlers, err := handlersOf("")
	if err != nil {
		t.Fatal(err)
	}
	var o explainOptions
	y := readEntities(t)
	unknown, missed := map[string]int{}, map[string]int{}
	loads, trackers, known := 0, 0, 0
	for _, file := range files {
		page, err := os.ReadFile(filepath.Clean(file))
		if err != nil {
			t.Fatal(err)
		}
		o.host = ownHost(page)
		own := y.owner(o.host)
		a, err := o.asker(handlers[0])
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range explainPage(page, a) {
			var u weburl.URL
			if r.URL == "" || r.Kind == "hint" || !u.Parse([]byte(r.URL), nil) || string(u.Host) == a.site {
				continue
			}
			host := string(u.Host)
			loads++
			if !r.Known {
				unknown[host]++
			}
			// A tag is a script, a frame or a picture of somebody else: a publisher's own
			// servers are called ad or social as well.
			isTag := r.Kind == "script" || r.Kind == "frame" || r.Kind == "image"
			if e := y.of(host); isTag && slices.Contains(counted, e.Category) && e.Name != own {
				trackers++
				if r.Known {
					known++
				} else {
					missed[fmt.Sprintf("%s (%s, %s)", host, e.Name, e.Category)]++
				}
			}
		}
	}
	sites := map[string]bool{}
	for host := range unknown {
		if site, err := publicsuffix.EffectiveTLDPlusOne(host); err == nil {
			sites[site] = true
		}
	}
	share := float64(known) / float64(trackers)
	t.Logf("%d pages load %d things of others; no rule knows %d hosts of %d sites", len(files), loads, len(unknown), len(sites))
	t.Logf("%d of %d tag loads of trackers are recognised: %.1f %%", known, trackers, 100*share)
	t.Logf("missed: %s", byCount(missed))
	t.Logf("unknown: %s", byCount(unknown))
	if share < recognised {
		t.Errorf("%.1f %% of tag loads are recognised, want %.1f %%", 100*share, 100*recognised)
	}
}

// byCount lists what was counted, the most frequent first.
func byCount(counts map[string]int) string {
	names := slices.SortedFunc(maps.Keys(counts), func(a, b string) int {
		return cmp.Or(counts[b]-counts[a], strings.Compare(a, b))
	})
	for i, name := range names {
		names[i] = fmt.Sprintf("%d %s", counts[name], name)
	}
	return strings.Join(names, ", ")
}

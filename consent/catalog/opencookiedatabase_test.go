package catalog_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/caddy-consent/caddy-consent/consent/catalog"
	"github.com/caddy-consent/caddy-consent/internal/sharedtest"
)

// theirCategories are the Open Cookie Database's categories, and which of
// ours say the same. It has no word for what is essential but "Security" and
// "Necessary", which it seldom uses: most of that is "Functional" there.
var theirCategories = map[string][]string{
	"Analytics":       {"analytics"},
	"Functional":      {"performance", "essential"},
	"Marketing":       {"advertising", "social"},
	"Necessary":       {"essential"},
	"Personalization": {"performance"},
	"Security":        {"essential"},
}

// A difference is a name that the catalog and the Open Cookie Database judge
// differently, and why the catalog does.
type difference struct {
	Platform string // as it is called there
	Name     string
	Theirs   string
	Ours     string // "kept", or the vendor's categories
	Why      string
}

func (d *difference) key() string {
	return fmt.Sprintf("%s: %s is %s there and %s here", d.Platform, d.Name, d.Theirs, d.Ours)
}

// Where the catalog differs from the Open Cookie Database, it does so for a
// reason, which stands in testdata/opencookiedatabase.json.
func TestDifferencesFromTheOpenCookieDatabaseAreJustified(t *testing.T) {
	rows, err := csv.NewReader(bytes.NewReader(sharedtest.Read(t, "data/sources/open-cookie-database.csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var known []difference
	readJSON(t, "opencookiedatabase.json", &known)
	justified := make(map[string]bool)
	for i := range known {
		if known[i].Why == "" || justified[known[i].key()] {
			t.Errorf("%s: without a reason, or twice", known[i].key())
		}
		justified[known[i].key()] = true
	}

	categories := make(map[string][]string)
	for _, v := range catalog.Vendors() {
		categories[v.ID] = v.Categories
	}
	p, d := denied(t)
	same, different := 0, make(map[string]bool)
	for _, row := range rows[1:] {
		platform, theirs, name, wildcard := row[1], row[2], strings.TrimSpace(row[3]), row[9] == "1"
		full := name
		if wildcard {
			full += "0123456789"
		}
		v := p.Cookie(full, d)
		if v.Vendor == "" {
			continue
		}
		ours := categories[v.Vendor]
		if v.Allow && !slices.Contains(ours, "essential") {
			ours = []string{"kept"}
		}
		agrees := slices.Equal(ours, []string{"kept"}) && theirs != "Marketing" && theirs != "Analytics"
		for _, c := range ours {
			agrees = agrees || slices.Contains(theirCategories[theirs], c)
		}
		if agrees {
			same++
			continue
		}
		key := (&difference{Platform: platform, Name: name, Theirs: theirs, Ours: strings.Join(ours, ", ")}).key()
		different[key] = true
		if !justified[key] {
			t.Errorf("%s (%s): no reason is given", key, v.Vendor)
		}
	}
	for key := range justified {
		if !different[key] {
			t.Errorf("%s: it is not", key)
		}
	}
	if same < 100 {
		t.Errorf("only %d names are judged alike: was the file read?", same)
	}
	t.Logf("%d names are judged alike, %d differently", same, len(different))
}

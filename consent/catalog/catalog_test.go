package catalog_test

import (
	"errors"
	"net/url"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/caddy-consent/caddy-consent/consent"
	"github.com/caddy-consent/caddy-consent/consent/catalog"
)

// eachFile reads every file of the catalog. The category is in its name.
func eachFile(t *testing.T, f func(t *testing.T, category string, vendors []consent.Vendor)) {
	t.Helper()
	files, err := filepath.Glob("*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("files %v, %v", files, err)
	}
	for _, file := range files {
		category := strings.TrimSuffix(file, ".json")
		t.Run(category, func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			vendors, err := catalog.Parse(file, data, category)
			if err != nil {
				t.Fatal(err)
			}
			f(t, category, vendors)
		})
	}
}

func TestEachFileIsNamedForACategory(t *testing.T) {
	eachFile(t, func(t *testing.T, category string, _ []consent.Vendor) {
		if !slices.ContainsFunc(consent.DefaultCategories(), func(c consent.Category) bool { return c.Name == category }) {
			t.Errorf("there is no category %s", category)
		}
	})
}

func TestEachFileIsSortedByID(t *testing.T) {
	eachFile(t, func(t *testing.T, _ string, vendors []consent.Vendor) {
		for i := 1; i < len(vendors); i++ {
			if vendors[i-1].ID >= vendors[i].ID {
				t.Errorf("%s stands behind %s", vendors[i].ID, vendors[i-1].ID)
			}
		}
	})
}

func TestVendorsAreThoseOfTheFiles(t *testing.T) {
	var want []consent.Vendor
	eachFile(t, func(_ *testing.T, _ string, vendors []consent.Vendor) { want = append(want, vendors...) })
	if got := catalog.Vendors(); !reflect.DeepEqual(got, want) {
		t.Errorf("%d vendors, the files have %d", len(got), len(want))
	}
	ids := make(map[string]bool)
	for _, v := range catalog.Vendors() {
		if ids[v.ID] {
			t.Errorf("%s is there twice", v.ID)
		}
		ids[v.ID] = true
	}
}

func TestCatalogCompilesWithoutWarnings(t *testing.T) {
	p, warnings, err := consent.Compile(consent.Config{Catalog: catalog.Vendors()})
	if err != nil || len(warnings) != 0 {
		t.Fatalf("%v, warnings %v", err, warnings)
	}
	listed := 0
	for _, c := range p.Categories() {
		listed += len(c.Vendors)
	}
	if listed < len(catalog.Vendors()) {
		t.Errorf("visitors are told of %d vendors of %d", listed, len(catalog.Vendors()))
	}
}

// What visitors read of a vendor, and what reviewers need to check it.
func TestVendorsAreDescribed(t *testing.T) {
	for _, v := range catalog.Vendors() {
		t.Run(v.ID, func(t *testing.T) {
			if v.Name == "" || v.Company == "" || len(v.Sources) == 0 {
				t.Errorf("name %q, company %q, sources %v", v.Name, v.Company, v.Sources)
			}
			if u, err := url.Parse(v.Privacy); err != nil || u.Scheme != "https" || u.Host == "" {
				t.Errorf("privacy policy %q", v.Privacy)
			}
			for _, cookie := range v.Cookies {
				if cookie.Purpose == "" {
					t.Errorf("the purpose of %s is missing", cookie.Name)
				}
			}
			for _, list := range [][]string{v.URLs, v.Inline} {
				for i, pattern := range list {
					if slices.Contains(list[:i], pattern) {
						t.Errorf("%s is there twice", pattern)
					}
				}
			}
		})
	}
}

func TestParseReadsAVendor(t *testing.T) {
	const file = `[
	{
		"id": "acme", "name": "Acme Stats", "company": "Acme Ltd", "group": "stats",
		"urls": ["stats.acme.example", "/metrics/*"],
		"inline": ["acmeStats("],
		"cookies": ["_acme", {"name": "_acme_*", "purpose": "Counts", "lifetime": "1 year", "keep": true}],
		"privacy": "https://acme.example/privacy",
		"sources": ["acme.example/docs"]
	},
	{"id": "other", "categories": ["social", "analytics"]}
]
`
	got, err := catalog.Parse("trackers.json", []byte(file), "analytics")
	want := []consent.Vendor{{
		ID: "acme", Name: "Acme Stats", Company: "Acme Ltd", Group: "stats", Categories: []string{"analytics"},
		URLs: []string{"stats.acme.example", "/metrics/*"}, Inline: []string{"acmeStats("},
		Cookies: []consent.Cookie{{Name: "_acme"}, {Name: "_acme_*", Purpose: "Counts", Lifetime: "1 year", Keep: true}},
		Privacy: "https://acme.example/privacy", Sources: []string{"acme.example/docs"},
	}, {
		ID: "other", Categories: []string{"social", "analytics"},
	}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v, %v\nwant %+v", got, err, want)
	}
	if got, err := catalog.Parse("empty.json", []byte(" [ ]\n"), "analytics"); err != nil || len(got) != 0 {
		t.Errorf("an empty file: %v, %v", got, err)
	}
}

func TestParseErrorsNameTheLine(t *testing.T) {
	for _, c := range []struct {
		name, file string
		line       int
		problem    string
	}{
		{"an empty file", "", 1, "want an array of vendors"},
		{"an object", "\n\n{}", 3, "want an array of vendors"},
		{"no JSON", "# vendors\n", 1, "want an array of vendors"},
		{"a number for a vendor", "[\n\n5]", 3, "cannot unmarshal number"},
		{"a text for a vendor", "[\n{\"id\":\"a\"},\n\"b\"]", 3, "cannot unmarshal string"},
		{"null for a vendor", "[\n{\"id\":\"a\"},\nnull]", 3, "vendor without an id"},
		{"a vendor without an id", "[\n{\"id\":\"a\"},\n\n{\n\"name\":\"b\"}]", 4, "vendor without an id"},
		{"a vendor with an empty id", "[\n{\n\"id\":\"\"}]", 2, "vendor without an id"},
		{"an unknown field", "[\n{\n\"id\":\"a\",\n\"url\":[]}]", 4, `unknown field "url"`},
		{"an unknown field of the second vendor", "[\n{\"id\":\"a\"},\n{\"id\":\"b\",\n\"note\":1}]", 4, `unknown field "note"`},
		{"an unknown field of a cookie", "[\n{\"id\":\"a\",\n\"cookies\":[\n\"x\",\n{\"name\":\"y\",\n\"domain\":1}]}]", 6, `unknown field "domain"`},
		{"a text for a list", "[\n{\"id\":\"a\",\n\"urls\":\"a.example\"}]", 3, "cannot unmarshal string"},
		{"a number in a list", "[\n{\"id\":\"a\",\n\"urls\":[\n\"a.example\",\n5]}]", 5, "cannot unmarshal number"},
		{"a comma missing between vendors", "[\n{\"id\":\"a\"}\n\n{\"id\":\"b\"}]", 4, "expected comma"},
		{"text after the array", "[\n{\"id\":\"a\"}\n]\n\n[]", 5, "text after the array"},
		{"garbage after the array", "[\n]\nx", 3, "text after the array"},
		{"a syntax error behind empty lines", "[\n\n\n{bad}]", 4, "invalid character 'b'"},
		{"a syntax error in the second vendor", "[\n{\"id\":\"a\"},\n\n\n{\"id\":\n\nx}\n]", 7, "invalid character 'x'"},
		{"a comma too many", "[\n{\"id\":\"a\"},\n\n]", 4, "invalid character ']'"},
		{"a number for a cookie", "[\n{\"id\":\"a\",\n\"cookies\":[\n\"x\",\n5]}]", 5, "cannot unmarshal number"},
		{"a number for a cookie's name", "[\n{\"id\":\"a\",\n\"cookies\":[\n\"x\",\n{\"purpose\":\"y\",\n\"name\":5}]}]", 6, "cannot unmarshal number"},
		{"an unknown field of a cookie that is a vendor's", "[\n{\"id\":\"a\",\n\"cookies\":[\n{\"id\":\"y\"}]}]", 4, `unknown field "id"`},
		{"a mistake in the first line", `[{"id":}]`, 1, "invalid character '}'"},
	} {
		t.Run(c.name, func(t *testing.T) {
			vendors, err := catalog.Parse("trackers.json", []byte(c.file), "analytics")
			var got *catalog.Error
			if !errors.As(err, &got) {
				t.Fatalf("%v, error %v, want an *Error", vendors, err)
			}
			if got.File != "trackers.json" || got.Line != c.line || !strings.Contains(got.Err.Error(), c.problem) {
				t.Errorf("%v, want line %d: %s", err, c.line, c.problem)
			}
			if !strings.HasPrefix(err.Error(), "trackers.json:") || !errors.Is(err, got.Err) {
				t.Errorf("the error reads %q", err)
			}
		})
	}
}

package catalog_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/caddy-consent/caddy-consent/consent"
	"github.com/caddy-consent/caddy-consent/consent/catalog"
)

var schemaFile = filepath.Join("schema", "catalog.schema.json")

func schema(t *testing.T) *jsonschema.Schema {
	t.Helper()
	c := jsonschema.NewCompiler()
	s, err := c.Compile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// check says what the schema has against a text.
func check(s *jsonschema.Schema, data []byte) error {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		return err
	}
	return s.Validate(value)
}

func TestTheBuiltInFilesSatisfyTheSchema(t *testing.T) {
	s := schema(t)
	eachFile(t, func(t *testing.T, category string, _ []consent.Vendor) {
		data, err := os.ReadFile(category + ".json")
		if err != nil {
			t.Fatal(err)
		}
		if err := check(s, data); err != nil {
			t.Error(err)
		}
	})
}

// What the schema takes is read, and what it refuses is refused when it is loaded: editors
// that know the schema tell no lies.
func TestTheSchemaAgreesWithWhatIsLoaded(t *testing.T) {
	s := schema(t)
	for vendor, good := range map[string]bool{
		`{"id": "a"}`: true,
		`{"id": "a", "urls": ["a.example", "*.a.example", "a.*", "/x/*", "*/x.js", "a.example/x?id=G-*", "a.example/@x:y"]}`: true,
		`{"id": "a", "inline": ["a.load(*x", "ab; cde('"]}`:                                                                  true,
		`{"id": "a", "cookies": ["_a*", "a:b/c", {"name": "_b", "purpose": "x", "lifetime": "1 day", "keep": true}]}`:        true,
		`{"id": "a", "stubs": ["a()", "a.b.c()", "a[]", "a()>b"]}`:                                                           true,
		`{}`:                               false,
		`{"id": ""}`:                       false,
		`{"id": "A b"}`:                    false,
		`{"id": "a", "url": []}`:           false,
		`{"id": "a", "urls": "a.example"}`: false,
		`{"id": "a", "urls": [""]}`:        false,
		`{"id": "a", "urls": ["https://a.example/"]}`:            false,
		`{"id": "a", "urls": ["//a.example/"]}`:                  false,
		`{"id": "a", "urls": ["a.example:80"]}`:                  false,
		`{"id": "a", "urls": ["me@a.example"]}`:                  false,
		`{"id": "a", "urls": ["a.example#x"]}`:                   false,
		`{"id": "a", "urls": ["a b"]}`:                           false,
		`{"id": "a", "inline": ["ab*cdef"]}`:                     false,
		`{"id": "a", "cookies": [""]}`:                           false,
		`{"id": "a", "cookies": ["*"]}`:                          false,
		`{"id": "a", "cookies": ["a b"]}`:                        false,
		`{"id": "a", "cookies": ["a=b"]}`:                        false,
		`{"id": "a", "cookies": [{"purpose": "x"}]}`:             false,
		`{"id": "a", "cookies": [{"name": "a", "domain": "x"}]}`: false,
		`{"id": "a", "stubs": ["a"]}`:                            false,
		`{"id": "a", "group": "A"}`:                              false,
	} {
		data := []byte("[" + vendor + "]")
		if err := check(s, data); (err == nil) != good {
			t.Errorf("the schema on %s: %v", vendor, err)
		}
		vendors, err := catalog.Parse("a.json", data, "analytics")
		if err == nil {
			_, _, err = consent.Compile(consent.Config{Imported: vendors})
		}
		if (err == nil) != good {
			t.Errorf("loading %s: %v", vendor, err)
		}
	}
}

// The schema names the fields that there are.
func TestTheSchemaHasAllFields(t *testing.T) {
	data, err := os.ReadFile(schemaFile)
	if err != nil {
		t.Fatal(err)
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	properties := func(path ...any) (names []string) {
		at := value
		for _, key := range path {
			if i, ok := key.(int); ok {
				at = at.([]any)[i]
			} else {
				at = at.(map[string]any)[fmt.Sprint(key)]
			}
		}
		for name := range at.(map[string]any) {
			names = append(names, name)
		}
		slices.Sort(names)
		return names
	}
	fields := func(of reflect.Type) (names []string) {
		for field := range of.Fields() {
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			names = append(names, name)
		}
		slices.Sort(names)
		return names
	}
	if got, want := properties("$defs", "vendor", "properties"), fields(reflect.TypeFor[consent.Vendor]()); !slices.Equal(got, want) {
		t.Errorf("of vendors %v, want %v", got, want)
	}
	if got, want := properties("$defs", "cookie", "oneOf", 1, "properties"), fields(reflect.TypeFor[consent.Cookie]()); !slices.Equal(got, want) {
		t.Errorf("of cookies %v, want %v", got, want)
	}
}

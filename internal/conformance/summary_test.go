package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestReadOutput(t *testing.T) {
	var r result
	r.readOutput("FAIL a split=b1 differs at byte 3: x\ninvariance: passed 4 failed 1 of 5\n")
	if r.total != 5 || len(r.failed) != 1 || r.failed[0].id != "a" {
		t.Errorf("invariance: %+v", r)
	}
	r = result{}
	r.readOutput("ok   plain  prefix 10 B\nFAIL in-text   prefix 9 B\n")
	if r.total != 2 || len(r.failed) != 1 || r.failed[0].id != "in-text" {
		t.Errorf("streaming: %+v", r)
	}
}

func TestReadReport(t *testing.T) {
	file := filepath.Join(t.TempDir(), "r.json")
	for _, text := range []string{
		`[{"id":"a","pass":true},{"id":"b","pass":false,"fails":["x"]}]`,
		`{"total":2,"results":[{"id":"a","pass":true},{"id":"b","kind":"harm","pass":false,"fails":["x"]}]}`,
	} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		var r result
		if err := r.readReport(file); err != nil || r.total != 2 || len(r.failed) != 1 || r.failed[0].id != "b" {
			t.Errorf("%s: %+v, %v", text, r, err)
		}
	}
}

func TestSummary(t *testing.T) {
	known := map[string]string{"a": "reason", "streaming:b": "reason"}
	results := func(browser, streaming []failure) []result {
		var all []result
		for _, s := range steps {
			r := result{step: s, total: 9, took: time.Second}
			switch s.name {
			case "browser":
				r.failed = browser
			case "streaming":
				r.failed = streaming
			}
			all = append(all, r)
		}
		return all
	}
	for _, test := range []struct {
		name               string
		browser, streaming []failure
		whole, ok          bool
		says               string
	}{
		{"what is known", []failure{{"a", ""}}, []failure{{"b", ""}}, true, true, "known  streaming:b: reason"},
		{"something new", []failure{{"a", ""}, {"c", "harm"}}, []failure{{"b", ""}}, true, false, "NEW    c: harm"},
		{"one passed", nil, []failure{{"b", ""}}, true, false, "PASSED a"},
		{"one was not run", nil, []failure{{"b", ""}}, false, true, "failed 1 of 9"},
		{"of another step", []failure{{"a", ""}, {"b", ""}}, []failure{{"b", ""}}, true, false, "NEW    b"},
	} {
		text, ok := summary(results(test.browser, test.streaming), known, test.whole)
		if ok != test.ok || !strings.Contains(text, test.says) {
			t.Errorf("%s: %v\n%s", test.name, ok, text)
		}
	}
}

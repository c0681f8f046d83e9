package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// readKnown reads lists of cases that are known to fail: an id and a reason
// on each line. An id of a step other than the browser's begins with the step
// and a colon.
func readKnown(files ...string) (map[string]string, error) {
	known := map[string]string{}
	for _, file := range files {
		data, err := os.ReadFile(filepath.FromSlash(file))
		if err != nil {
			return nil, err
		}
		for line := range strings.Lines(string(data)) {
			id, reason, _ := strings.Cut(strings.TrimSpace(line), " ")
			if id != "" && id[0] != '#' {
				known[id] = strings.TrimSpace(reason)
			}
		}
	}
	return known, nil
}

// summary says what came out, and whether it is what was known. whole tells
// that all cases were run, so that one which is known to fail and did not is news.
func summary(results []result, known map[string]string, whole bool) (text string, ok bool) {
	w := new(strings.Builder)
	ok = true
	met := map[string]bool{}
	fmt.Fprintln(w, "\n== summary")
	for _, r := range results {
		fmt.Fprintf(w, "%-11s passed %d failed %d of %d in %v\n", r.step.name, r.total-len(r.failed), len(r.failed), r.total, r.took.Round(time.Second))
	}
	for _, r := range results {
		for _, f := range r.failed {
			id := f.id
			if r.step.name == "invariance" || r.step.name == "streaming" {
				id = r.step.name + ":" + id
			}
			met[id] = true
			if reason, is := known[id]; is {
				fmt.Fprintf(w, "known  %s: %s\n", id, reason)
				continue
			}
			ok = false
			fmt.Fprintf(w, "NEW    %s: %s\n", id, f.what)
		}
	}
	if !whole || len(results) < len(steps) {
		return w.String(), ok
	}
	for _, id := range slices.Sorted(maps.Keys(known)) {
		if !met[id] {
			ok = false
			fmt.Fprintf(w, "PASSED %s, which is listed as: %s\n", id, known[id])
		}
	}
	return w.String(), ok
}

package caddymodule

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/caddy-consent/caddy-consent/consent"
	"github.com/caddy-consent/caddy-consent/consent/catalog"
	"github.com/caddy-consent/caddy-consent/consent/lists"
)

// ListConfig is a file of trackers that the operator imports. Where a vendor's rule says
// something, the list's do not count.
type ListConfig struct {
	// The file; relative to the folder in which Caddy was started.
	File string `json:"file"`
	// The category that all of it belongs to. In a catalog file it is that of vendors that
	// name none.
	Category string `json:"category"`
	// `hosts`, `adblock`, `disconnect`, `duckduckgo`, `cookies` or `catalog`. Default: as
	// its content tells.
	Format string `json:"format,omitempty"`
	// The list's own categories to take, if it has some. Default: all; of cookies all but
	// those that the list calls functional, necessary or security.
	Only []string `json:"only,omitempty"`
}

// imported is what the lists of a policy have.
type imported struct {
	lists    []consent.List
	vendors  []consent.Vendor
	warnings []consent.Warning
	// files are those of vendors, by their ids, and of lists, by theirs.
	files map[string]string
}

// readLists reads the operator's lists.
func readLists(configs []ListConfig) (imported, error) {
	all := imported{files: map[string]string{}}
	for i := range configs {
		c := &configs[i]
		fail := func(problem string) error {
			return &consent.Error{Subject: "catalog list", Word: c.File, Problem: problem}
		}
		if c.Category == "" {
			return all, fail("a category is missing for")
		}
		file, err := os.Open(filepath.Clean(c.File))
		if err != nil {
			reason := err
			if path := (*fs.PathError)(nil); errors.As(err, &path) {
				reason = path.Err
			}
			return all, fail(fmt.Sprintf("%v:", reason))
		}
		got, err := lists.Read(file, lists.Options{
			File: c.File, ID: all.listID(c.File), Category: c.Category, Format: c.Format, Only: c.Only,
		})
		_ = file.Close() // it was only read
		if err != nil {
			return all, fail(fmt.Sprintf("%v, in", err))
		}
		if err := all.add(c, got); err != nil {
			return all, err
		}
	}
	return all, nil
}

// listID makes a name of a file's: "list-trackers".
func (all *imported) listID(file string) string {
	base := strings.ToLower(strings.TrimSuffix(filepath.Base(file), filepath.Ext(file)))
	id := "list-" + strings.Trim(strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '_' {
			return c
		}
		return '-'
	}, base), "-")
	for n, free := 2, id; ; n++ {
		if all.files[free] == "" {
			return free
		}
		free = fmt.Sprintf("%s-%d", id, n)
	}
}

// add takes what a file has.
func (all *imported) add(c *ListConfig, got *lists.Result) error {
	for i := range got.Vendors {
		v := &got.Vendors[i]
		if other := all.files[v.ID]; other != "" {
			return &consent.Error{Subject: "catalog list", Word: c.File, Problem: fmt.Sprintf("vendor %q is in %s already, and in", v.ID, other)}
		}
		all.files[v.ID] = c.File
		if err := checkVendor(c.File, v); err != nil {
			return err
		}
	}
	all.vendors = append(all.vendors, got.Vendors...)
	if got.Format != lists.Catalog {
		all.files[got.List.ID] = c.File
		all.lists = append(all.lists, got.List)
	}
	taken := len(got.List.URLs) + len(got.List.Cookies)
	if taken+len(got.Vendors)+len(got.Skipped) == 0 {
		all.warnings = append(all.warnings, consent.Warning{Message: fmt.Sprintf("catalog list %s has no rules", c.File)})
	}
	if len(got.Skipped) == 0 {
		return nil
	}
	total, parts := 0, make([]string, len(got.Skipped))
	for i := range got.Skipped {
		total += got.Skipped[i].Count
		parts[i] = got.Skipped[i].String()
	}
	all.warnings = append(all.warnings, consent.Warning{Message: fmt.Sprintf("catalog list %s, read as %s: %d rules were taken, and %d entries left out: %s",
		c.File, got.Format, taken, total, strings.Join(parts, "; "))})
	return nil
}

// checkVendor checks the name and the patterns of a vendor of a file, in whose words the mistake is told.
func checkVendor(file string, v *consent.Vendor) error {
	fail := func(word, problem string) error {
		line := 1
		if data, err := os.ReadFile(filepath.Clean(file)); err == nil {
			line = catalog.Line(data, v.ID, word)
		}
		return &consent.Error{Subject: "catalog list", Word: file, Problem: fmt.Sprintf("%s:%d: vendor %q: %s %q, in", file, line, v.ID, problem, word)}
	}
	if isMark(v.ID) {
		return fail(v.ID, markProblem)
	}
	for _, kind := range []struct {
		patterns []string
		problem  func(string) string
	}{{v.URLs, consent.URLPatternProblem}, {v.Inline, consent.InlinePatternProblem}, {cookieNames(v), consent.CookiePatternProblem}} {
		for _, pattern := range kind.patterns {
			if problem := kind.problem(pattern); problem != "" {
				return fail(pattern, problem)
			}
		}
	}
	return nil
}

func cookieNames(v *consent.Vendor) []string {
	names := make([]string, len(v.Cookies))
	for i := range v.Cookies {
		names[i] = v.Cookies[i].Name
	}
	return names
}

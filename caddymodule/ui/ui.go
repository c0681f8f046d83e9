// Package ui holds what a visitor sees: plain files, embedded, without a
// framework or a build step.
package ui

import (
	"embed"
	"fmt"
	"html/template"
	"strings"
)

//go:embed *.css *.js
var assets embed.FS

//go:embed preferences.html
var preferences string

// Preferences renders the page on which a visitor chooses. It takes a value
// of type Page.
var Preferences = template.Must(template.New("preferences").Parse(preferences))

// Asset returns a stylesheet or script by its name, which must exist.
func Asset(name string) []byte {
	data, err := assets.ReadFile(name)
	if err != nil {
		panic(err) // it is embedded
	}
	return data
}

// parts are the scripts that are made of several files, in their order.
var parts = map[string][]string{
	"banner.js":      {"trusted.js", "banner.js"},
	"guard.js":       {"guard-judge.js", "guard.js"},
	"placeholder.js": {"trusted.js", "placeholder.js"},
	"release.js":     {"trusted.js", "release-scripts.js", "release-written.js", "release-late.js", "release.js"},
}

// Script returns a script by its name, which must exist: its files, made small, in one
// function, so that a page may have it more than once and nothing of it is the page's.
func Script(name string) []byte {
	script := fmt.Appendf(nil, "(() => {\n\"use strict\";\nconst policyName = \"consent-%s\";\n", strings.TrimSuffix(name, ".js"))
	script = append(script, files(name)...)
	return smaller(name, append(script, "})();\n"...))
}

// files are those that a script is made of.
func files(name string) (all []byte) {
	for _, part := range parts[name] {
		all = append(all, Asset(part)...)
	}
	if all == nil {
		return Asset(name)
	}
	return all
}

// Page is what the preference page shows.
type Page struct {
	Host          string
	Texts         Texts
	Lang, Dir     string // of Texts
	Action        string // the form's target and the folder of the assets, with a final slash
	Return        string // where the visitor goes afterwards: a path on this site
	PrivacyPolicy string
	Answered      bool // the visitor has chosen before
	Signal        bool // the browser sends a signal (GPC, DNT) that denies some categories
	Categories    []Category
}

// Category is one question.
type Category struct {
	Name, Title, Description string
	Required                 bool
	Granted                  bool
	Denied                   bool // by a signal of the browser, whatever is chosen
	Vendors                  []Vendor
}

// Vendor is who gets the data if the answer is yes.
type Vendor struct {
	Name, Company, Privacy string
}

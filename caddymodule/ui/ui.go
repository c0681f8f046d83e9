package ui

import (
	"embed"
	"html/template"
	"regexp"
	"strings"
)

//go:embed *.css *.js guard/*.js
var assets embed.FS

//go:embed preferences.html
var preferences string

// Preferences renders the page on which a visitor chooses. It takes a value
// of type Page.
var Preferences = template.Must(template.New("preferences").Parse(preferences))

// Asset returns a stylesheet or script by its name, which must exist, as it was written:
// with the files that it includes.
func Asset(name string) []byte { return whole(name) }

// Script returns a script by its name, which must exist, made small once, in one
// function, so that a page may have it more than once and nothing of it is the page's.
func Script(name string) []byte {
	policy := "consent-" + strings.TrimSuffix(name, ".js")
	return smaller(name, "(() => {\n\"use strict\";\nconst policyName = \""+policy+"\";\n", "})();\n")
}

// include is a line of an asset in whose place another file stands.
var include = regexp.MustCompile(`(?m)^[ \t]*(?://|/\*) include (\S+)(?: \*/)?\n`)

// whole is an asset with all that it includes.
func whole(name string) []byte {
	data, err := assets.ReadFile(name)
	if err != nil {
		panic(err) // it is embedded
	}
	return include.ReplaceAllFunc(data, func(line []byte) []byte { return whole(string(include.FindSubmatch(line)[1])) })
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
	Others                   int // how many vendors are known beside them
}

// Vendor is who gets the data if the answer is yes.
type Vendor struct {
	Name, Company, Privacy string
}

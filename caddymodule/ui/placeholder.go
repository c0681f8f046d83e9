package ui

import (
	_ "embed" // the template
	"html/template"
	"strings"
)

//go:embed placeholder.html
var placeholder string

var placeholderTemplate = template.Must(template.New("placeholder").Parse(strings.TrimSpace(placeholder)))

// Placeholder is the document that stands in a blocked frame. It is made the same for
// all visitors; its script says it in theirs.
type Placeholder struct {
	Texts     Texts
	Lang, Dir string // of Texts
	Base      string // the folder of the assets, with a final slash
	// Who would be contacted: the vendor's name or, if none is known, the host's. Company
	// and Privacy, a URL, are "" where they are not known.
	Vendor, Company, Host, Privacy string
	Categories                     string // the names of those the vendor needs, with spaces between; "" if nobody can grant them
	Settings                       bool   // visitors choose at Base
	Once                           bool   // this one frame can be loaded without a choice
	Reload                         bool   // a choice shows only when the page is loaded anew
}

// Text is one of the texts, about this vendor.
func (p Placeholder) Text(key string) string {
	return strings.NewReplacer("{vendor}", p.Vendor, "{company}", p.Company, "{host}", p.Host).Replace(p.Texts[key])
}

// HTML is the document.
func (p Placeholder) HTML() string {
	var out strings.Builder
	if err := placeholderTemplate.Execute(&out, p); err != nil {
		panic(err) // plain data into memory
	}
	return out.String()
}

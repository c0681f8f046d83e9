package ui

import (
	_ "embed" // of the templates
	"html/template"
	"io"
	"strings"
	text "text/template"
)

// Policy is what the cookie policy page shows. It is its JSON form, too.
type Policy struct {
	Host          string           `json:"host"`
	Texts         Texts            `json:"-"`
	Lang          string           `json:"lang"`                     // of Texts, and of what the categories are called
	Dir           string           `json:"-"`                        // of Texts
	OptOut        bool             `json:"-"`                        // who has not answered is taken to agree
	Assets        string           `json:"-"`                        // the folder of the style sheet, with a final slash
	Settings      string           `json:"settings,omitempty"`       // where a choice is changed; "" with another consent manager
	Receipt       string           `json:"receipt,omitempty"`        // where a visitor sees what they have chosen
	PrivacyPolicy string           `json:"privacy_policy,omitempty"` // of the site
	Changed       string           `json:"last_changed,omitempty"`   // as the operator says: 2026-11-25
	Revision      int              `json:"revision"`
	Version       string           `json:"version"` // changes with whatever is enforced
	Categories    []PolicyCategory `json:"categories"`
}

// PolicyCategory is a category with everybody in it.
type PolicyCategory struct {
	Name        string         `json:"name"`
	Title       string         `json:"title"`
	Description string         `json:"description,omitempty"`
	Required    bool           `json:"required"`
	Vendors     []PolicyVendor `json:"vendors"`
	Others      []PolicyVendor `json:"other_vendors,omitempty"` // that the site does not name, but knows
	Cookies     []string       `json:"cookies,omitempty"`       // patterns of cookies that are the site's own
}

// PolicyVendor is who gets the data.
type PolicyVendor struct {
	Texts      Texts          `json:"-"`
	ID         string         `json:"id"`
	Name       string         `json:"name"`
	Company    string         `json:"company,omitempty"`
	Privacy    string         `json:"privacy,omitempty"`
	LoadedFrom []string       `json:"loaded_from,omitempty"` // URL patterns
	Cookies    []PolicyCookie `json:"cookies,omitempty"`
}

// PolicyCookie is a cookie, or with '*' in its name cookies, of a vendor.
type PolicyCookie struct {
	Name     string `json:"name"`
	Purpose  string `json:"purpose,omitempty"`
	Lifetime string `json:"lifetime,omitempty"`
}

var (
	//go:embed policy.html
	policyHTML string
	//go:embed policy.md.tmpl
	policyMarkdown string

	policyPage = template.Must(template.New("page").Parse(policyHTML))
	policyMD   = text.Must(text.New("markdown").Funcs(text.FuncMap{"md": escapeMarkdown}).Parse(policyMarkdown))
)

// WritePage writes the policy as a page of its own.
func (p *Policy) WritePage(w io.Writer) error { return policyPage.ExecuteTemplate(w, "page", p) }

// WriteFragment writes it as HTML to be put into a page of the site's.
func (p *Policy) WriteFragment(w io.Writer) error { return policyPage.ExecuteTemplate(w, "policy", p) }

// WriteMarkdown writes it as Markdown (CommonMark, with tables).
func (p *Policy) WriteMarkdown(w io.Writer) error { return policyMD.Execute(w, p) }

// escapeMarkdown makes text mean itself: CommonMark section 2.4.
var escapeMarkdown = func() func(string) string {
	const special = "\\`*_{}[]<>()#+-!|&~"
	pairs := make([]string, 0, 2*len(special))
	for _, c := range special {
		pairs = append(pairs, string(c), `\`+string(c))
	}
	replacer := strings.NewReplacer(append(pairs, "\r", " ", "\n", " ")...)
	return replacer.Replace
}()

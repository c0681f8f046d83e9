package ui

import (
	"cmp"
	_ "embed" // of the template
	"html/template"
)

//go:embed receipt.html
var receiptHTML string

// ReceiptPage renders a Receipt.
var ReceiptPage = template.Must(template.New("receipt").Parse(receiptHTML))

// Receipt is what a visitor is told about their own choice. It is its JSON form, too.
type Receipt struct {
	Host      string            `json:"host"`
	Texts     Texts             `json:"-"`
	Lang, Dir string            `json:"-"` // of Texts
	Titles    map[string]string `json:"-"` // what the categories are called, by name
	Assets    string            `json:"-"` // the folder of the style sheet, with a final slash
	Settings  string            `json:"-"` // where a choice is changed; "" with another consent manager
	Answered  bool              `json:"answered"`
	At        string            `json:"at,omitempty"` // RFC 3339, UTC; of an answer in the own cookie
	How       string            `json:"how,omitempty"`
	// Names of categories. Signalled are those that the browser's signal denies.
	Granted   []string `json:"granted"`
	Denied    []string `json:"denied"`
	Signalled []string `json:"signalled,omitempty"`
	Revision  int      `json:"revision"`
	Version   string   `json:"version"` // of the policy in force
	ID        string   `json:"id,omitempty"`
}

// Title is what a category is called.
func (r *Receipt) Title(name string) string { return cmp.Or(r.Titles[name], name) }

// HowTold tells in the visitor's language how they answered.
func (r *Receipt) HowTold() string { return cmp.Or(r.Texts["receipt_how_"+r.How], r.How) }

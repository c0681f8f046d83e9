package consent

import (
	"bytes"
	"encoding/json"
)

// Category is what a visitor says yes or no to.
type Category struct {
	// Name is the word used in the policy, in cookies and in logs: lower-case
	// ASCII letters, digits, '-' and '_'.
	Name string `json:"name"`
	// Title and Description are shown to visitors. A missing title is made
	// from the name.
	Title       string `json:"title,omitempty"`
	Description string `json:"description,omitempty"`
	// Required means always granted; the visitor is told, not asked.
	Required bool `json:"required,omitempty"`
	// Vendors names vendors, or groups of vendors, by their ids.
	Vendors []string `json:"vendors,omitempty"`
	// Cookies are patterns of first-party cookies that belong to the category
	// itself and to no vendor.
	Cookies []string `json:"cookies,omitempty"`
	// OnDenied is what becomes of the category's cookies while it is denied:
	// "strip" (the default), "session" (they end with the browser's session),
	// or "cap <duration>", like "cap 24h" or "cap 7d" (they live no longer).
	OnDenied string `json:"on_denied,omitempty"`
}

// Vendor is who gets the data, and how its resources, inline scripts and
// cookies are recognised. The package doc explains the patterns.
type Vendor struct {
	ID string `json:"id"` // like Category.Name
	// Name and Company are shown to visitors. A missing name is the ID.
	Name    string `json:"name,omitempty"`
	Company string `json:"company,omitempty"`
	// Group is a second id that several vendors share, so that a category can
	// name them all in one word.
	Group string `json:"group,omitempty"`
	// Categories are the vendor's own; it needs all of them.
	Categories []string `json:"categories,omitempty"`
	URLs       []string `json:"urls,omitempty"`
	Inline     []string `json:"inline,omitempty"`
	Cookies    []Cookie `json:"cookies,omitempty"`
	// Stubs stand in for its JavaScript interface while it is not loaded; stub.go
	// has their form.
	Stubs []string `json:"stubs,omitempty"`
	// Privacy is the URL of the vendor's privacy policy.
	Privacy string `json:"privacy,omitempty"`
	// Sources say where the facts are from.
	Sources []string `json:"sources,omitempty"`
}

// Cookie is a first-party cookie of a vendor. In JSON it may be shortened to
// its name, a plain string.
type Cookie struct {
	Name     string `json:"name"` // exact, or with '*' for any text
	Purpose  string `json:"purpose,omitempty"`
	Lifetime string `json:"lifetime,omitempty"` // for humans: "2 years", "session"
	// Keep marks a cookie that holds the visitor's refusal or consent at the
	// vendor. It always passes: to take it away would undo the refusal.
	Keep bool `json:"keep,omitempty"`
}

// plainCookie has Cookie's fields without its methods.
type plainCookie Cookie

// UnmarshalJSON reads an object or a plain string. Unknown fields are refused.
func (c *Cookie) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '"' {
		*c = Cookie{}
		return json.Unmarshal(data, &c.Name)
	}
	// A Decoder's strictness does not reach into UnmarshalJSON methods, so it
	// is asked for again here.
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	return dec.Decode((*plainCookie)(c))
}

// MarshalJSON writes the short form where nothing but the name is set.
func (c Cookie) MarshalJSON() ([]byte, error) {
	if c == (Cookie{Name: c.Name}) {
		return json.Marshal(c.Name)
	}
	return json.Marshal(plainCookie(c))
}

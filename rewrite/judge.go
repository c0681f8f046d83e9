package rewrite

import "strconv"

// Kind says what a resource is for, so that a judge can treat scripts, frames
// and images differently.
type Kind uint8

// The kinds of resources. Hint covers what only prepares a fetch: preload,
// prefetch, preconnect and their kin.
const (
	Script Kind = iota
	Frame
	Image
	Style
	Media
	Object
	Hint
	Other
)

// kindNames are the words for logs and metrics, in the order of the constants.
var kindNames = [...]string{"script", "frame", "image", "style", "media", "object", "hint", "other"}

func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "Kind(" + strconv.Itoa(int(k)) + ")"
}

// Action is what becomes of an element.
type Action uint8

const (
	// Allow leaves the element byte-identical.
	Allow Action = iota
	// Hold makes it inert but restorable in place.
	Hold
	// Remove takes it out: no byte of its URL is in the output.
	Remove
	// Placeholder holds a frame and shows Verdict.Document in its place. On
	// anything else than an iframe it is Hold.
	Placeholder
)

// Verdict is a judge's answer about one resource or inline script.
type Verdict struct {
	Action Action
	// Mark goes into data-consent: the vendor's id, or those of several with
	// spaces between. Ids may hold only ASCII letters, digits, '-' and '_'.
	Mark string
	// Keep is JavaScript that runs in place of a blocked inline script: the
	// part of it that must not be withheld. Nil for none.
	Keep []byte
	// Document is the HTML that a Placeholder shows.
	Document string
	// Note is handed to a Remembering judge when the same is met and blocked again.
	Note any
}

// Resource is a URL in a page that a browser would fetch by itself. Its byte
// slices are valid only during the call.
type Resource struct {
	Kind    Kind
	Element string // lower-case name of the element
	Attr    string // lower-case name of the attribute
	URL     []byte // the attribute's value, character references decoded
}

// Code says where JavaScript stands.
type Code uint8

const (
	// InlineScript is the text of a script element.
	InlineScript Code = iota
	// Handler is an event handler attribute.
	Handler
	// ScriptURL is a javascript: URL in a frame, whose result is shown as HTML,
	// or the content of a data: URL in a script's src.
	ScriptURL
)

// Judge answers the rewriter's questions. A Rewriter calls it from the
// goroutine that calls Write or Close, in document order.
type Judge interface {
	// Base decides about the URL of a <base href>, character references
	// decoded. Unless it is blocked, relative URLs asked about from now on are
	// relative to it. The first certain one counts; others, which only some
	// browsers see (in noscript, template or svg), may count as well.
	Base(href []byte, certain bool) Verdict
	// Resource decides about a URL.
	Resource(r *Resource) Verdict
	// Inline decides about JavaScript that stands in the page.
	Inline(code Code, script []byte) Verdict
	// Unjudged decides about an element that cannot be judged. err says why:
	// ErrTagTooLong, ErrInlineTooLong or ErrAmbiguous. Allow lets it through
	// unread; on anything else it is neutralised.
	Unjudged(kind Kind, err error) Verdict
	// Charset reports the label of a character encoding that the document
	// declares for itself, in a <meta>.
	Charset(label []byte)
	// Within returns the judge for a document within this one: its relative
	// URLs are relative to this document's base, or mean nothing if opaque.
	Within(opaque bool) Judge
}

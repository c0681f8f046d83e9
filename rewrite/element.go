package rewrite

// text says how the tokenizer reads what follows an element's start tag.
type text uint8

const (
	textData   text = iota // markup
	textRaw                // RCDATA and RAWTEXT: up to the end tag of the same name
	textStyle              // RAWTEXT that is CSS
	textDual               // markup or raw text, depending on the browser: noscript
	textScript             // script data
	textPlain              // PLAINTEXT: to the end of the document
)

// form says how an attribute's value holds its URLs.
type form uint8

const (
	formURL      form = iota // one URL
	formSrcset               // image candidates, each with a URL
	formURLs                 // URLs with white space between them
	formCSS                  // declarations
	formValue                // a CSS value, or a list of values or URLs with semicolons between them
	formDocument             // an HTML document
	formHandler              // JavaScript
	formRefresh              // seconds; url=…
)

// fetchAttr is an attribute through which a browser fetches by itself.
type fetchAttr struct {
	name string
	kind Kind
	form form
	// foreign: it fetches on an SVG element only.
	foreign bool
	// lazy: it fetches nothing by itself, but scripts that load images and
	// frames late copy it into one that does.
	lazy bool
}

// element is what the rewriter knows of an HTML element.
type element struct {
	name string
	text text
	// attrs are the attributes that fetch.
	attrs []fetchAttr
	// only, if set, tells whether the attributes of this very tag fetch: a link
	// by its rel, an input by its type.
	only func(r *Rewriter, tag []byte, attrs []attr) (Kind, bool)
	// whole: to remove it is to take out the element, with its raw text if it has any. Of
	// others only the attribute is taken out: they have content, or a part in a form.
	whole bool
	// opens: it changes how elements within it are read; see context.go.
	opens bool
	// endTag is "</" and the name, where text is not textData.
	endTag string
	// letters are those that the names in attrs begin with, one bit each: see letter.
	letters uint32
}

// idle tells whether a tag of this element matters only for attributes that fetch, and not for how the
// text behind it is read, nor the elements within, nor relative URLs.
func (el *element) idle() bool { return el.text == textData && !el.opens && el.name != "base" }

// anyElement stands for those that are not in the table: only the attributes
// that fetch on every element are of interest (attribute.go).
var anyElement = &element{}

// elements is the table of all elements that fetch or that change how the
// tokenizer reads. Sources: HTML sections 4.2 (document metadata), 4.8
// (embedded content), 4.12 (scripting), 13.2.6 (raw text) and 16.3
// (frames, background); SVG 2 sections 5.5, 12.3 and 16.2; SVG Animations
// section 2; Filter Effects section 15.13.
var elements = buildElements([]element{
	{name: "animate", attrs: smil()},
	{name: "animatemotion", attrs: smil()},
	{name: "applet", attrs: urls(Object, "archive", "code", "codebase", "object")},
	{name: "audio", attrs: lazily(urls(Media, "src"))},
	{name: "base"},
	{name: "bgsound", attrs: urls(Media, "src")},
	{name: "body", attrs: urls(Image, "background")},
	{name: "col", attrs: urls(Image, "background")},
	{name: "colgroup", attrs: urls(Image, "background")},
	{name: "embed", attrs: urls(Object, "src"), whole: true},
	{name: "feimage", attrs: urls(Image, "href", "xlink:href")},
	{name: "fencedframe", attrs: urls(Frame, "src")},
	{name: "frame", attrs: urls(Frame, "src")},
	{name: "iframe", text: textRaw, attrs: append(lazily(urls(Frame, "src")), fetchAttr{name: "srcdoc", kind: Frame, form: formDocument}), whole: true},
	{name: "image", attrs: append(urls(Image, "src", "href", "xlink:href"), imageSet("srcset"))},
	{name: "img", attrs: lazily(append(urls(Image, "src"), imageSet("srcset"))), whole: true},
	{name: "input", attrs: urls(Image, "src"), only: imageInput},
	{name: "link", attrs: append(urls(Other, "href"), imageSet("imagesrcset")), only: fetchingLink, whole: true},
	{name: "meta", attrs: []fetchAttr{{name: "content", kind: Frame, form: formRefresh}}, only: refreshingMeta, whole: true},
	{name: "noembed", text: textRaw},
	{name: "noframes", text: textRaw},
	{name: "noscript", text: textDual},
	{name: "object", attrs: urls(Object, "data", "codebase")},
	{name: "plaintext", text: textPlain},
	{name: "portal", attrs: urls(Frame, "src")},
	{name: "script", text: textScript, attrs: append(lazily(urls(Script, "src")), foreign(urls(Script, "href", "xlink:href"))...), whole: true},
	{name: "set", attrs: smil()},
	{name: "source", attrs: lazily(append(urls(Media, "src"), imageSet("srcset"))), whole: true},
	{name: "style", text: textStyle},
	{name: "table", attrs: urls(Image, "background")},
	{name: "tbody", attrs: urls(Image, "background")},
	{name: "td", attrs: urls(Image, "background")},
	{name: "textarea", text: textRaw},
	{name: "tfoot", attrs: urls(Image, "background")},
	{name: "th", attrs: urls(Image, "background")},
	{name: "thead", attrs: urls(Image, "background")},
	{name: "title", text: textRaw},
	{name: "tr", attrs: urls(Image, "background")},
	{name: "track", attrs: urls(Media, "src"), whole: true},
	{name: "use", attrs: foreign(urls(Image, "href", "xlink:href"))},
	{name: "video", attrs: lazily(append(urls(Media, "src"), urls(Image, "poster")...))},
	{name: "xmp", text: textRaw},

	{name: "frameset", opens: true},
	{name: "math", opens: true},
	{name: "select", opens: true},
	{name: "svg", opens: true},
	{name: "template", opens: true},
})

// urls makes attributes of one kind that hold one URL each.
func urls(kind Kind, names ...string) []fetchAttr {
	attrs := make([]fetchAttr, 0, len(names)+8)
	for _, name := range names {
		attrs = append(attrs, fetchAttr{name: name, kind: kind})
	}
	return attrs
}

// foreign marks attributes that fetch on SVG elements only.
func foreign(attrs []fetchAttr) []fetchAttr {
	for i := range attrs {
		attrs[i].foreign = true
	}
	return attrs
}

// lazily adds the names under which lazy loaders keep the first attribute and,
// if there is one, srcset. A loader sets the attribute that fetches from such a one, and
// would bring back what was held.
func lazily(attrs []fetchAttr) []fetchAttr {
	for _, name := range []string{"data-src", "data-lazy-src", "data-original", "data-lazy"} {
		attrs = append(attrs, fetchAttr{name: name, kind: attrs[0].kind, lazy: true})
	}
	if attrs[1].form == formSrcset {
		for _, name := range []string{"data-srcset", "data-lazy-srcset", "data-original-set"} {
			attrs = append(attrs, fetchAttr{name: name, kind: Image, form: formSrcset, lazy: true})
		}
	}
	return attrs
}

// smil makes the attributes through which an animation sets others: what they
// set may be a URL, or a CSS value with one in it.
func smil() []fetchAttr {
	attrs := urls(Image, "by", "from", "to", "values")
	for i := range attrs {
		attrs[i].form = formValue
	}
	return attrs
}

func imageSet(name string) fetchAttr {
	return fetchAttr{name: name, kind: Image, form: formSrcset}
}

// maxName is the length of the longest name in the table.
const maxName = len("animatemotion")

// buildElements indexes the table by name.
func buildElements(list []element) map[string]*element {
	index := make(map[string]*element, len(list))
	for i := range list {
		e := &list[i]
		e.endTag = "</" + e.name
		for _, a := range e.attrs {
			e.letters |= letter(a.name[0])
		}
		index[e.name] = e
	}
	return index
}

// firstLetters has a bit for each letter that a name in the table begins with
// at a length that it has: most tags of a page fail this test and need no look-up.
var firstLetters = func() (set [maxName + 1]uint32) {
	for name := range elements {
		set[len(name)] |= 1 << (name[0] - 'a')
	}
	return set
}()

// lookup finds an element by a tag's name in any case, nil if it is of no interest.
func lookup(name []byte) *element {
	if len(name) == 0 || len(name) > maxName || firstLetters[len(name)]&(1<<(name[0]|0x20-'a')) == 0 {
		return nil
	}
	var buf [maxName]byte
	return elements[string(lowerName(buf[:0], name))]
}

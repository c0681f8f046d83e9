package httpfield

import (
	"net/http"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/caddy-consent/caddy-consent/internal/charset"
)

// ContentType is a media type, as one reader has it.
type ContentType struct {
	Essence string // type and subtype, in lower case without parameters; "" for none
	Charset string // the label of an encoding; "" for none
}

// ContentTypes are what browsers read in a Content-Type: the same, as nearly always, or not.
type ContentTypes struct {
	// Standard is by the Fetch standard ("extract a MIME type"): of several values, in one line or
	// many, the last valid one counts.
	Standard ContentType
	// Chromium is by that one's own rules, by which values are types that the standard
	// knows nothing of, "text/html charset=utf-8" among them.
	Chromium ContentType
}

// ParseContentType reads the lines of a Content-Type.
func ParseContentType(lines []string) ContentTypes {
	if len(lines) == 0 {
		return ContentTypes{}
	}
	essence, parameters, _ := strings.Cut(lines[0], ";")
	if essence = strings.Trim(essence, blanks); len(lines) == 1 && isMediaType(essence) && strings.IndexByte(parameters, ',') < 0 {
		t := ContentType{strings.ToLower(essence), charsetParameter(parameters)} // as nearly always
		return ContentTypes{t, t}
	}
	var t ContentTypes
	for value := range Split(strings.Join(lines, ", ")) {
		essence, parameters, _ := strings.Cut(value, ";")
		if essence = strings.Trim(essence, blanks); isMediaType(essence) {
			t.Standard.take(essence, parameters)
		}
	}
	for _, line := range lines {
		for value := range Split(line) {
			if value = strings.Trim(value, blanks); value == "*/*" || strings.IndexByte(value, '/') < 0 {
				continue
			}
			essence, rest := value, ""
			if end := strings.IndexAny(value, blanks+";("); end >= 0 {
				essence, rest = value[:end], value[end:]
			}
			_, parameters, _ := strings.Cut(rest, ";")
			t.Chromium.take(essence, parameters)
		}
	}
	return t
}

// take lets a value count. One of the same type as that before keeps its charset, unless it has one itself.
func (t *ContentType) take(essence, parameters string) {
	if essence = strings.ToLower(essence); essence != t.Essence {
		*t = ContentType{Essence: essence}
	}
	if label := charsetParameter(parameters); label != "" {
		t.Charset = label
	}
}

// Agree tells whether all browsers read the same.
func (t ContentTypes) Agree() bool { return t.Standard == t.Chromium }

// Effective is the reading to act on: that of the standard, and where by it there is none, Chromium's, if it is a
// media type.
func (t ContentTypes) Effective() ContentType {
	if t.Standard.Essence == "" && isMediaType(t.Chromium.Essence) {
		return t.Chromium
	}
	return t.Standard
}

// Straighten makes a Content-Type that browsers may read otherwise say what is Effective. Where nothing is, or all
// agree, it stays as it is. h is the header whose Content-Type this is.
func (t ContentTypes) Straighten(h http.Header) {
	said := t.Effective()
	if t.Agree() || said.Essence == "" {
		return
	}
	line := said.Essence
	if name := charset.Name(said.Charset); name != "" { // browsers ignore others
		line += "; charset=" + name
	}
	h["Content-Type"] = []string{line}
}

// isMediaType tells whether this is a type and a subtype.
func isMediaType(essence string) bool {
	kind, subtype, ok := strings.Cut(essence, "/")
	return ok && essence != "*/*" && httpguts.ValidHeaderFieldName(kind) && httpguts.ValidHeaderFieldName(subtype) // which is a token
}

// charsetParameter is the charset among a type's parameters as browsers read them, or "" (MIME Sniffing standard
// section 4.4, "parse a MIME type"): what is wrong with others does not count, and of two the first does.
func charsetParameter(parameters string) string {
	for rest := parameters; rest != ""; {
		end := strings.IndexAny(rest, ";=")
		if end < 0 {
			break
		}
		name, separator := strings.TrimLeft(rest[:end], blanks), rest[end]
		if rest = rest[end+1:]; separator == ';' {
			continue
		}
		var value string
		if strings.HasPrefix(rest, `"`) {
			text, n := unquote(rest)
			value = text
			_, rest, _ = strings.Cut(rest[n:], ";")
		} else {
			value, rest, _ = strings.Cut(rest, ";")
			if value = strings.TrimRight(value, blanks); value == "" {
				continue
			}
		}
		if isNamed(name, "charset") {
			return value
		}
	}
	return ""
}

// blanks are HTTP's white space (Fetch standard, "HTTP whitespace").
const blanks = " \t\r\n"

// isNamed compares an attribute's or a parameter's name, of which the case of ASCII letters does
// not count. The lengths tell other letters that fold to ASCII ones, as ſ to s.
func isNamed(name, lower string) bool {
	return len(name) == len(lower) && strings.EqualFold(name, lower)
}

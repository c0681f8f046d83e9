package rewrite

import "bytes"

// scriptState is which of the three groups of script data states the tokenizer is in (HTML
// sections 13.2.5.4 and 13.2.5.15 to 13.2.5.31). "<!--" leads to escaped, and "<script" from there
// to double escaped, where "</script" does not end the script.
type scriptState uint8

const (
	scriptPlain scriptState = iota
	scriptEscaped
	scriptDoubleEscaped
)

// scan looks in b[i:] for the "</script" that ends a script. It returns its
// index and true, or the index up to which b is settled and false: what
// follows that index may be the beginning of something that later bytes
// decide, and the next call must see it again.
func (s *scriptState) scan(b []byte, i int) (int, bool) {
	for i < len(b) {
		if *s == scriptPlain {
			j := bytes.IndexByte(b[i:], '<')
			if j < 0 {
				return len(b), false
			}
			i += j
			switch m := matchAt(b, i, "<!--", false); m {
			case matchUnknown:
				return i, false
			case matchYes:
				*s = scriptEscaped
				// "<!-->" ends at once: the dashes count for "-->" too.
				i += len("<!")
				continue
			}
		} else if c := b[i]; c != '<' && c != '-' {
			i++
			continue
		} else if c == '-' {
			switch matchAt(b, i, "-->", false) {
			case matchUnknown:
				return i, false
			case matchYes:
				*s = scriptPlain
				i += len("-->")
			default:
				i++
			}
			continue
		}
		// b[i] is '<'.
		if *s == scriptEscaped {
			switch matchAt(b, i, "<script", true) {
			case matchUnknown:
				return i, false
			case matchYes:
				*s = scriptDoubleEscaped
				i += len("<script")
				continue
			}
		}
		switch matchAt(b, i, "</script", true) {
		case matchUnknown:
			return i, false
		case matchYes:
			if *s != scriptDoubleEscaped {
				return i, true
			}
			*s = scriptEscaped
			i += len("</script")
		default:
			i++
		}
	}
	return i, false
}

// match is the outcome of comparing the bytes at hand with a word.
type match uint8

const (
	matchNo match = iota
	matchYes
	matchUnknown // too few bytes to tell
)

// matchAt compares b[i:] with a lower-case word in any case; with tag set a
// byte that ends a tag's name must follow.
func matchAt(b []byte, i int, word string, tag bool) match {
	rest := b[i:]
	n := min(len(rest), len(word))
	if !equalFold(rest[:n], word[:n]) {
		return matchNo
	}
	if n < len(word) || tag && len(rest) == n {
		return matchUnknown
	}
	if tag {
		if c := rest[n]; !isSpace(c) && c != '/' && c != '>' {
			return matchNo
		}
	}
	return matchYes
}

// rawEnd looks in b[i:] for the end tag of a raw text element: "</" and its
// lower-case name. It returns like scriptState.scan.
func rawEnd(b []byte, i int, endTag string) (int, bool) {
	for {
		j := bytes.IndexByte(b[i:], '<')
		if j < 0 {
			return len(b), false
		}
		i += j
		switch matchAt(b, i, endTag, true) {
		case matchYes:
			return i, true
		case matchUnknown:
			return i, false
		}
		i++
	}
}

// javaScriptTypes are the JavaScript MIME type essences that the MIME Sniffing
// standard (section 4.6) lists; a script of any of them runs.
var javaScriptTypes = map[string]bool{
	"application/ecmascript":   true,
	"application/javascript":   true,
	"application/x-ecmascript": true,
	"application/x-javascript": true,
	"text/ecmascript":          true,
	"text/javascript":          true,
	"text/javascript1.0":       true,
	"text/javascript1.1":       true,
	"text/javascript1.2":       true,
	"text/javascript1.3":       true,
	"text/javascript1.4":       true,
	"text/javascript1.5":       true,
	"text/jscript":             true,
	"text/livescript":          true,
	"text/x-ecmascript":        true,
	"text/x-javascript":        true,
}

// scriptType is what becomes of a script element's content.
type scriptType uint8

const (
	typeData scriptType = iota // a data block: nothing
	typeRuns                   // JavaScript, classic or module
	typeImportMap
	typeRules // speculation rules, web bundles
)

// runs tells whether a script element with these attributes is executed.
func (r *Rewriter) runs(tag []byte, attrs []attr) bool { return r.scriptType(tag, attrs) == typeRuns }

// scriptType reads type and language (HTML section 4.12.1.1, "prepare the
// script element"). Where one is given twice, a type that runs suffices: a
// browser's parser takes the first, its preload scanner the last.
func (r *Rewriter) scriptType(tag []byte, attrs []attr) scriptType {
	hasType, best := false, typeData
	hasLanguage, languageRuns := false, false
	for i := range attrs {
		a := &attrs[i]
		switch name := a.name(tag); {
		case equalFold(name, "type"):
			hasType = true
			if t := typeOf(r.decode(a.value(tag))); best == typeData || t == typeRuns {
				best = t
			}
		case equalFold(name, "language"):
			hasLanguage = true
			value := r.decode(a.value(tag))
			var buf [64]byte
			languageRuns = languageRuns || len(value) == 0 || typeOf(append(append(buf[:0], "text/"...), value...)) == typeRuns
		}
	}
	switch {
	case hasType:
		return best
	case !hasLanguage || languageRuns:
		return typeRuns
	}
	return typeData
}

// typeOf reads a type attribute's value. An empty one means JavaScript. White space around is
// ignored only if the value is a MIME type, and not around a word such as "module".
func typeOf(value []byte) scriptType {
	switch {
	case len(value) == 0, equalFold(value, "module"):
		return typeRuns
	case equalFold(value, "importmap"):
		return typeImportMap
	case equalFold(value, "speculationrules"), equalFold(value, "webbundle"):
		return typeRules
	}
	var buf [32]byte
	value = bytes.Trim(value, " \t\n\v\f\r") // Chromium takes the vertical tab for white space
	if len(value) <= len(buf) && javaScriptTypes[string(lowerName(buf[:0], value))] {
		return typeRuns
	}
	return typeData
}

// judgeInline asks about an inline script and notes in r.edits how it is
// held. What must run of it all the same becomes a script before it. It returns true if it is to be removed.
func (r *Rewriter) judgeInline(i int, tag []byte, nameEnd int, body []byte, readings []reading) (removed bool) {
	var v Verdict
	for n, how := range readings {
		text := r.characterData(body, how)
		if n > 0 && sameSlice(text, body) {
			break // without markup in it all readings are the same
		}
		if v = r.askInline(InlineScript, text); v.Action != Allow {
			break
		}
	}
	if v.Action == Allow {
		return false
	}
	r.noteBlocked(v)
	if len(v.Keep) > 0 && staysWithin(v.Keep) {
		r.settle(i)
		r.out.writeString("<script")
		for j := range r.attrs {
			if a := &r.attrs[j]; equalFold(a.name(tag), "nonce") {
				r.out.writeString(" ")
				r.out.write(tag[a.nameStart:a.end])
			}
		}
		if r.xml {
			r.out.writeString(` xmlns="http://www.w3.org/1999/xhtml"><![CDATA[`)
			r.out.write(v.Keep)
			r.out.writeString("]]></script>")
		} else {
			r.out.writeString(">")
			r.out.write(v.Keep)
			r.out.writeString("</script>")
		}
	}
	if v.Action == Remove {
		return true
	}
	r.holdScript(tag, nameEnd)
	return false
}

// staysWithin tells whether code can be the text of a script element: it neither ends that nor
// makes the end tag a part of the text; nor does it end a CDATA section.
func staysWithin(code []byte) bool {
	lower := bytes.ToLower(code)
	return !bytes.Contains(lower, []byte("</script")) && !bytes.Contains(lower, []byte("<!--")) && !bytes.Contains(lower, []byte(endCDATA))
}

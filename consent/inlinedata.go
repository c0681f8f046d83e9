package consent

import (
	"bytes"
	"slices"
)

// codeOf returns what of a script runs: without its comments; and if it is nothing but data that is
// handed on, as frameworks write the state of a page into it, without the code and markup that is quoted in
// its strings. It is the script itself if that is all of it.
func codeOf(script []byte) (code []byte, data bool) {
	data = isData(script)
	if !data && !mayHaveComments(script) {
		return script, false
	}
	code = make([]byte, 0, len(script))
	l := jsLexer{src: script}
	end := 0
	var t jsToken
	for l.read(&t); t.kind != jsEnd; l.read(&t) {
		if gap := script[end:t.start]; len(gap) > 0 {
			if slices.ContainsFunc(gap, func(c byte) bool { return !isSpace(c) && c != '\n' && c != '\r' }) {
				gap = []byte("\n") // a comment
			}
			code = append(code, gap...)
		}
		if data && t.kind == jsString && bytes.ContainsAny(t.text, "(<{") {
			code = append(code, `""`...)
		} else {
			code = append(code, script[t.start:t.end]...)
		}
		end = t.end
	}
	return code, data
}

// mayHaveComments is a quick look. Two slashes behind a colon or a quote are a URL's, as a rule.
func mayHaveComments(script []byte) bool {
	for i := 0; ; i++ {
		slash := bytes.IndexByte(script[i:], '/')
		if slash < 0 || i+slash+1 >= len(script) {
			break
		}
		i += slash
		if c := script[i+1]; c == '*' || c == '/' && (i == 0 || script[i-1] != ':' && !isQuote(script[i-1])) {
			return true
		}
		if script[i+1] == '/' {
			i++
		}
	}
	return bytes.Contains(script, []byte("<!--")) || bytes.Contains(script, []byte("-->"))
}

// isData tells whether a script hands on data and does nothing else: it sets variables, and adds to
// queues. self.__next_f.push([1,"…"]) is such a script, window.state = {…} another.
func isData(script []byte) bool {
	l := jsLexer{src: script}
	var last [4]jsToken // before t, the last one first
	hands, functions := false, false
	for t := l.next(); t.kind != jsEnd; t = l.next() {
		before := last[0]
		switch t.kind {
		case jsString:
			if !t.closed() {
				return false
			}
		case jsNumber:
		case jsWord:
			if t.is("import") || t.is("export") {
				return false // what is named is loaded
			}
			functions = functions || t.is("function")
		case jsPunct:
			switch t.text[0] {
			case '.', ',', ';', ':', '[', ']', '{', '}', ')', '|', '!', '-':
			case '(':
				if called(last, functions) {
					return false
				}
				hands = hands || before.kind == jsWord
			case '=':
				if !setsVariable(last) {
					return false
				}
				hands = true
			default:
				return false
			}
		default:
			return false
		}
		copy(last[1:], last[:])
		last[0] = t
	}
	return hands
}

// called tells whether a parenthesis behind these tokens, the last one first, makes a call; and not one that puts
// something into a queue, reads JSON, or runs a function that was just written, in which nothing is called either.
func called(last [4]jsToken, functions bool) bool {
	switch before := last[0]; before.kind {
	case jsEnd:
		return false // it is the first
	case jsWord:
		json := before.is("parse") && last[1].is(".") && last[2].is("JSON")
		return !json && !before.is("push") && !before.is("unshift") && !before.is("enqueue") && !before.is("function")
	case jsPunct:
		written := functions && (before.is("}") || before.is(")") && last[1].is("}"))
		return !written && (before.is(")") || before.is("]") || before.is("}"))
	}
	return true
}

// setsVariable tells whether an equals sign behind these tokens, the last one first, gives a global or
// local variable its value. Of others somebody may be waiting for it: innerHTML, src, location.
func setsVariable(last [4]jsToken) bool {
	if last[0].kind != jsWord || last[0].is("location") {
		return false
	}
	if !last[1].is(".") {
		return true
	}
	owner := last[2]
	return (owner.is("window") || owner.is("self") || owner.is("globalThis")) && !last[3].is(".")
}

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
// queues. self.__next_f.push([1,"…"]) is such a script, window.state = {…} another. What it sets them to may
// be JSON that is parsed, or what a function returns that is written right there, in which nothing is called either.
func isData(script []byte) bool {
	l := jsLexer{src: script}
	var last [4]jsToken // before t, the last one first
	var open []bracket
	closed := plain // what the token before has closed
	hands := false
	parses := 0 // how many tokens JSON.parse( still takes: a string, and the end
	for t := l.next(); t.kind != jsEnd; t = l.next() {
		before, ended := last[0], closed
		closed = plain
		if parses == 2 && t.kind != jsString || parses == 1 && !t.isPunct(')') {
			return false // such as a function that gets what was parsed
		}
		parses = max(0, parses-1)
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
			if t.is("function") && before.isPunct('(') {
				open[len(open)-1] = wrapper
			}
		case jsPunct:
			switch t.text[0] {
			case '.', ',', ';', ':', '[', ']', '|', '!', '-':
			case '(':
				kind := plain
				switch {
				case before.kind == jsWord && before.is("function"):
					kind = parameters
				case before.kind == jsWord && before.is("parse") && last[1].isPunct('.') && last[2].is("JSON"):
					parses = 2
				case ended == function:
				case called(before):
					return false
				default:
					hands = hands || before.kind == jsWord
				}
				open = append(open, kind)
			case '{':
				kind := plain
				if ended == parameters {
					kind = function
				}
				open = append(open, kind)
			case ')', '}':
				if len(open) == 0 {
					return false
				}
				closed, open = open[len(open)-1], open[:len(open)-1]
				if closed == wrapper {
					closed = ended // of a function that nothing stands behind, or of something else
				}
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

// bracket is what a parenthesis or a brace has in it.
type bracket uint8

const (
	plain      bracket = iota
	parameters         // of a function
	function           // its body
	wrapper            // a function, and perhaps more
)

// called tells whether a parenthesis behind a token makes a call, and not one of those that put
// something into a queue.
func called(before jsToken) bool {
	switch before.kind {
	case jsEnd:
		return false // it is the first
	case jsWord:
		return !before.is("push") && !before.is("unshift") && !before.is("enqueue")
	case jsPunct:
		return before.is(")") || before.is("]") || before.is("}")
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

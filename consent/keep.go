package consent

import "bytes"

// Bounds on what keptConsent copies: more than these is not the few calls it
// is for.
const (
	maxKeptCalls = 16
	maxKeptCall  = 16 << 10
	maxKeptDef   = 4 << 10
)

// keptConsent returns the part of a withheld script that must still run: its
// calls of gtag('consent', …), after what they need: the dataLayer array and
// the script's own function gtag, or the usual one. Each call is wrapped so
// that one which needs more of the script fails alone. It is nil when there
// is no such call.
//
// Only calls that run unconditionally count: statements at the script's top
// level, not in a function, a block or behind an if. A call in a function may
// be the one that grants everything when a button is pressed; to run it now
// would be worse than not to run it at all.
func keptConsent(script []byte) []byte {
	if !bytes.Contains(script, []byte("gtag")) || !bytes.Contains(script, []byte("consent")) {
		return nil
	}
	k := keeper{lex: jsLexer{src: script}}
	k.run()
	if len(k.calls) == 0 {
		return nil
	}
	out := []byte("window.dataLayer=window.dataLayer||[];")
	if k.def != nil {
		out = append(out, k.def...)
	} else {
		out = append(out, "function gtag(){dataLayer.push(arguments);}"...)
	}
	for _, call := range k.calls {
		out = append(append(append(out, "\ntry{"...), call...), "}catch(e){}"...)
	}
	return out
}

// keeper walks the statements at a script's top level.
type keeper struct {
	lex   jsLexer
	calls [][]byte
	def   []byte // the script's own definition of gtag

	prev jsToken // the token before the current one
	// conditional says that prev closes the parentheses of an if, for, while
	// or with, so that what follows belongs to it.
	conditional bool
}

func (k *keeper) run() {
	depth, control := 0, false
	for t := k.lex.next(); t.kind != jsEnd && len(k.calls) < maxKeptCalls; t = k.lex.next() {
		// Template text that goes on after a ${…} is in an expression anyway.
		if depth == 0 && t.kind == jsWord && k.startsStatement() {
			if k.statement(t) {
				continue
			}
		}
		k.conditional = false
		if t.kind == jsPunct {
			switch t.text[0] {
			case '(', '[', '{':
				if depth == 0 {
					control = k.prev.kind == jsWord && isControl(k.prev.text)
				}
				depth++
			case ')', ']', '}':
				if depth--; depth < 0 {
					// The brackets do not add up: a regular expression was
					// taken for a division, or the other way round. What
					// stood at the top level is not known any more.
					k.calls = nil
					return
				}
				k.conditional = depth == 0 && control && t.text[0] == ')'
			}
		}
		k.prev = t
	}
}

// startsStatement tells whether the token that the lexer has just returned
// can only be the start of a statement of its own (ECMA-262 §12.10, automatic
// semicolon insertion, included).
func (k *keeper) startsStatement() bool {
	switch k.prev.kind {
	case jsEnd: // nothing before it
		return true
	case jsPunct:
		switch k.prev.text[0] {
		case ';', '}':
			return true
		case ')', ']':
			return k.lex.newline && !k.conditional
		}
		return false
	case jsWord:
		return k.lex.newline && !beforeOperand(k.prev.text)
	case jsTemplate:
		return k.lex.newline && k.lex.depth == 0
	}
	return k.lex.newline
}

// statement reads a statement that may be one to keep, which t starts. It
// reports false, with the lexer where it was, when it is not.
func (k *keeper) statement(t jsToken) bool {
	saved := k.lex
	if t.is("function") {
		if name := k.lex.next(); name.is("gtag") && k.definition(t.start) {
			return true
		}
		k.lex = saved
		return false
	}
	name := t
	if t.is("window") || t.is("self") || t.is("globalThis") {
		if dot := k.lex.next(); dot.is(".") {
			name = k.lex.next()
		}
	}
	if name.kind == jsWord && name.is("gtag") && k.call(t.start) {
		return true
	}
	k.lex = saved
	return false
}

// call reads ('consent', … ) behind the word gtag.
func (k *keeper) call(start int) bool {
	if open := k.lex.next(); !open.is("(") {
		return false
	}
	if arg := k.lex.next(); arg.kind != jsString || !arg.is("consent") {
		return false
	}
	end, ok := k.balanced(start + maxKeptCall)
	if !ok {
		return false
	}
	// What goes on after the call (gtag(…).x, gtag(…) || …) is not kept.
	k.calls = append(k.calls, append(bytes.Clone(k.lex.src[start:end.end]), ';'))
	k.prev, k.conditional = end, false
	return true
}

// definition reads (…){…} behind function gtag.
func (k *keeper) definition(start int) bool {
	if open := k.lex.next(); !open.is("(") {
		return false
	}
	if _, ok := k.balanced(start + maxKeptDef); !ok {
		return false
	}
	if open := k.lex.next(); !open.is("{") {
		return false
	}
	end, ok := k.balanced(start + maxKeptDef)
	if !ok {
		return false
	}
	k.def = bytes.Clone(k.lex.src[start:end.end])
	k.prev, k.conditional = end, false
	return true
}

// balanced reads to the bracket that closes the one just read, no further
// than limit.
func (k *keeper) balanced(limit int) (jsToken, bool) {
	for depth := 1; ; {
		t := k.lex.next()
		switch {
		case t.kind == jsEnd || t.end > limit:
			return t, false
		case t.kind != jsPunct:
			continue
		}
		switch t.text[0] {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			depth--
		}
		if depth == 0 {
			return t, true
		}
	}
}

// isControl is true for the keywords whose parentheses a statement follows.
func isControl(word []byte) bool {
	switch string(word) {
	case "if", "for", "while", "with":
		return true
	}
	return false
}

package consent

import (
	"bytes"
	"strings"
)

// jsRegions tells of each token of a script what stands around it. It guesses where a parser would know, and if in
// doubt that it runs at once, and is no data.
type jsRegions struct {
	isStub func(name []byte) bool

	open    []jsRegion
	closed  jsRegion   // the one that the last token has closed
	last    [3]jsToken // the tokens before, the last one first
	ended   bool       // the last token ended an operand
	name    []byte     // with its dots, of what the last tokens name
	target  []byte     // what the last equals sign gives its value
	handler bool       // a function that begins here waits for an event
	begins  region     // what the parameters that come are of
}

// jsRegion is a pair of brackets.
type jsRegion struct {
	kind  region
	later bool // it is in a function that waits for what the visitor does
	stub  bool // it is what a stub is called with
	// Of a call: what listens for events; and whether the first of what it is called with names one that the visitor causes.
	listens, event bool
}

type region uint8

const (
	regionCode       region = iota // blocks, calls, indices
	regionCondition                // parentheses of if, for and the like
	regionParameters               // of a function that runs whenever it is called
	regionWaits                    // of one that waits for an event
	regionArrow                    // what an arrow function returns, without brackets
	regionData                     // an object or an array
)

func (r *jsRegions) top() jsRegion {
	if len(r.open) == 0 {
		return jsRegion{}
	}
	return r.open[len(r.open)-1]
}

// isData tells whether the string that was entered last is one: a value in an object or an array, or what a stub is
// called with. What is added to something is a piece of code's.
func (r *jsRegions) isData(t *jsToken) bool {
	top := r.top()
	switch {
	case !t.closed() || r.last[1].isPunct('+'):
		return false
	case top.stub:
		return top.kind == regionData || r.last[1].isPunct(',') // the first says what the call is
	}
	// What it names by import, no guard can stop.
	return top.kind == regionData && bytes.ContainsAny(t.text, "(<{/") && !isScriptURL(t.text) && !bytes.Contains(t.text, []byte("import"))
}

// enter takes the next token.
func (r *jsRegions) enter(t *jsToken, newline bool) {
	for r.top().kind == regionArrow && (t.isPunct(',') || t.isPunct(';') || t.isPunct(')') || t.isPunct(']') || t.isPunct('}') || newline && r.ended && t.kind == jsWord) {
		r.open = r.open[:len(r.open)-1]
	}
	before := r.last[0]
	if r.arrow() {
		if !t.isPunct('{') {
			r.push(jsRegion{kind: regionArrow, later: r.arrowWaits()})
		}
	} else {
		r.expect(t, before)
	}
	switch {
	case t.kind == jsWord && t.is("function"):
		if r.begins = regionParameters; r.handler {
			r.begins = regionWaits
		}
	case t.isPunct('('):
		r.parenthesis(before)
	case t.isPunct('{'):
		r.brace(before)
	case t.isPunct('['):
		if r.ended {
			r.push(jsRegion{})
		} else {
			r.push(jsRegion{kind: regionData, stub: r.top().stub})
		}
	case t.isPunct(')') || t.isPunct(']') || t.isPunct('}'):
		if r.closed = r.top(); len(r.open) > 0 {
			r.open = r.open[:len(r.open)-1]
		}
	}
	if t.isPunct('=') && r.ended {
		r.target = append(r.target[:0], r.name...)
	}
	switch {
	case t.kind == jsWord && before.isPunct('.'):
		r.name = append(append(r.name, '.'), t.text...)
	case t.kind == jsWord:
		r.name = append(r.name[:0], t.text...)
	case !t.isPunct('.'):
		r.name = r.name[:0]
	}
	r.ended = t.kind != jsPunct && (t.kind != jsWord || !beforeOperand(t.text)) ||
		t.isPunct(')') || t.isPunct(']') || t.isPunct('}') && r.closed.kind == regionData // after others a statement is likelier to begin
	copy(r.last[1:], r.last[:])
	r.last[0] = *t
}

// expect notes whether a function that begins with t waits for what the visitor does: it is given to what listens for
// that, or is a property that is named after it. "async", and the parameters of an arrow function, may come before.
func (r *jsRegions) expect(t *jsToken, before jsToken) {
	top := r.top()
	switch {
	case before.is("async") && before.kind == jsWord:
	case before.isPunct('=') && !t.isPunct('>'):
		r.handler = isEventProperty(r.target)
	case before.isPunct(',') && top.listens:
		r.handler = top.event
	case before.isPunct('('):
		r.handler = false
		if len(r.open) > 0 && top.listens && t.kind == jsString {
			r.open[len(r.open)-1].event = isEvent(t.text)
		}
	case t.kind == jsWord && t.is("function"), t.isPunct('('):
		r.handler = false
	}
}

// arrow tells whether the last two tokens are "=>".
func (r *jsRegions) arrow() bool {
	return r.last[0].isPunct('>') && r.last[1].isPunct('=') && r.last[0].start == r.last[1].end
}

// arrowWaits tells whether the arrow function that has its arrow behind it waits for an event.
func (r *jsRegions) arrowWaits() bool {
	return r.handler || r.last[2].isPunct(')') && r.closed.kind == regionWaits
}

// push opens a region, which is in a function that runs later if the one around it is.
func (r *jsRegions) push(region jsRegion) {
	region.later = region.later || r.top().later
	r.open = append(r.open, region)
}

func (r *jsRegions) parenthesis(before jsToken) {
	region := jsRegion{kind: regionCode}
	switch {
	case r.begins != regionCode:
		region.kind, r.begins = r.begins, regionCode
	case before.kind == jsWord && isCondition(before.text):
		region.kind = regionCondition
	case (!r.ended || before.is("async")) && r.handler: // perhaps the parameters of an arrow function
		region.kind = regionWaits
	case r.top().later && len(r.name) > 0 && r.isStub(r.name):
		region.stub = true
	case r.ended:
		region.listens = listens(r.name)
	}
	r.push(region)
}

func (r *jsRegions) brace(before jsToken) {
	switch {
	case r.arrow():
		r.push(jsRegion{later: r.arrowWaits()})
	case before.isPunct(')') && r.closed.kind != regionCode:
		r.push(jsRegion{later: r.closed.kind == regionWaits})
	case before.kind == jsPunct && strings.ContainsRune("(,=[?|&", rune(before.text[0])), before.kind == jsWord && before.is("return"),
		before.isPunct(':') && r.top().kind == regionData:
		r.push(jsRegion{kind: regionData, stub: r.top().stub})
	default:
		r.push(jsRegion{})
	}
}

// listens tells whether a function, by its name, is given an event's name and what to do then.
func listens(name []byte) bool {
	_, method, ok := bytes.Cut(name, []byte("."))
	for ok && bytes.IndexByte(method, '.') >= 0 {
		_, method, _ = bytes.Cut(method, []byte("."))
	}
	return string(name) == "addEventListener" || string(method) == "addEventListener" || ok && (string(method) == "on" || string(method) == "one")
}

// isEventProperty tells whether something is a property that waits for what a visitor does, like button.onclick.
func isEventProperty(name []byte) bool {
	i := bytes.LastIndex(name, []byte(".on"))
	return i >= 0 && isEvent(name[i+3:])
}

// isEvent tells whether an event, or the first of several, is one that a visitor causes: of others some come with the page.
func isEvent(names []byte) bool {
	name, _, _ := bytes.Cut(names, []byte(" "))
	name, _, _ = bytes.Cut(name, []byte(".")) // a namespace of jQuery's
	switch string(name) {
	case "click", "dblclick", "mousedown", "mouseup", "pointerdown", "pointerup", "touchstart", "touchend", "keydown", "keyup", "keypress",
		"submit", "change", "input", "reset", "select", "copy", "drop", "wpcf7mailsent", "wpcf7submit":
		return !bytes.ContainsAny(names, " ")
	}
	return false
}

func isCondition(word []byte) bool {
	switch string(word) {
	case "if", "for", "while", "switch", "catch", "with":
		return true
	}
	return false
}

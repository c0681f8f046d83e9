package consent

import (
	"bytes"
	"strings"
)

// jsRegions tells of each token of a script what stands around it. It guesses where a parser would know, and if in
// doubt that it runs at once, and is no data.
type jsRegions struct {
	isStub func(name []byte) bool

	open   []jsRegion
	closed jsRegion   // the one that the last token has closed
	last   [3]jsToken // the tokens before, the last one first
	ended  bool       // the last token ended an operand
	name   []byte     // with its dots, of what the last tokens name
	begins region     // what the parameters that come are of
}

// jsRegion is a pair of brackets.
type jsRegion struct {
	kind  region
	later bool // it is in a function that does not run at once
	stub  bool // it is what a stub is called with
}

type region uint8

const (
	regionCode      region = iota // blocks, calls, indices
	regionGroup                   // parentheses around an expression
	regionCondition               // those of if, for and the like
	regionLater                   // parameters of a function that runs later
	regionAtOnce                  // of one that is called where it stands
	regionArrow                   // what an arrow function returns, without brackets
	regionData                    // an object or an array
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
		return true
	}
	return top.kind == regionData && bytes.ContainsAny(t.text, "(<{/") && !isScriptURL(t.text)
}

// enter takes the next token.
func (r *jsRegions) enter(t *jsToken, newline bool) {
	for r.top().kind == regionArrow && (t.isPunct(',') || t.isPunct(';') || t.isPunct(')') || t.isPunct(']') || t.isPunct('}') || newline && r.ended && t.kind == jsWord) {
		r.open = r.open[:len(r.open)-1]
	}
	before := r.last[0]
	if r.arrow() && !t.isPunct('{') {
		r.push(jsRegion{kind: regionArrow, later: r.top().kind != regionGroup})
	}
	switch {
	case t.kind == jsWord && t.is("function"):
		r.begins = regionLater
		if before.is("async") {
			before = r.last[1]
		}
		if r.top().kind == regionGroup && before.isPunct('(') || before.kind == jsPunct && strings.ContainsRune("!+-~", rune(before.text[0])) || before.kind == jsWord && (before.is("void") || before.is("await") || before.is("new")) {
			r.begins = regionAtOnce
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
	switch {
	case t.kind == jsWord && before.isPunct('.') && len(r.name) > 0:
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

// arrow tells whether the last two tokens are "=>".
func (r *jsRegions) arrow() bool {
	return r.last[0].isPunct('>') && r.last[1].isPunct('=') && r.last[0].start == r.last[1].end
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
	case !r.ended:
		region.kind = regionGroup
	case r.top().later && len(r.name) > 0 && r.isStub(r.name):
		region.stub = true
	}
	r.push(region)
}

func (r *jsRegions) brace(before jsToken) {
	switch {
	case r.arrow():
		// The parameters' region is closed, or was a name: what is around both tells.
		r.push(jsRegion{later: r.top().kind != regionGroup})
	case before.isPunct(')') && r.closed.kind == regionCondition:
		r.push(jsRegion{})
	case before.isPunct(')'):
		r.push(jsRegion{later: r.closed.kind != regionAtOnce}) // of a function, or a method
	case before.kind == jsPunct && strings.ContainsRune("(,=[?|&", rune(before.text[0])), before.kind == jsWord && before.is("return"),
		before.isPunct(':') && r.top().kind == regionData:
		r.push(jsRegion{kind: regionData, stub: r.top().stub})
	default:
		r.push(jsRegion{})
	}
}

func isCondition(word []byte) bool {
	switch string(word) {
	case "if", "for", "while", "switch", "catch", "with":
		return true
	}
	return false
}

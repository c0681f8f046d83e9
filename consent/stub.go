package consent

import (
	"regexp"
	"slices"
	"strings"
)

// A stub is what stands in for a vendor's JavaScript interface while its loader is
// held, so that a page's later calls of it do nothing instead of failing:
//
//	name()         a global function
//	name.method()  a function of a global object; also name.inner.method()
//	name[]         a global array, into which a page pushes what the loader reads later
//	name()>array   a global function that pushes its arguments into a global array, as the
//	               vendor's own snippet defines it
var stubForm = regexp.MustCompile(`^[A-Za-z_$][\w$]*(?:\[\]|(?:\.[A-Za-z_$][\w$]*)*\(\)(?:>[A-Za-z_$][\w$]*)?)$`)

// checkStub returns what is wrong with a stub.
func checkStub(text string) (problem string) {
	if !stubForm.MatchString(text) {
		return "want a stub like name(), name.method(), name[] or name()>array, not"
	}
	return ""
}

// stubOf is the stub that takes a call whose text begins so, "" if none does. Those with a queue are for functions
// that several vendors bring, of which not all say so.
func stubOf(call string, stubs []string) string {
	for _, stub := range stubs {
		array, isArray := strings.CutSuffix(stub, "[]")
		if isArray && strings.HasPrefix(call, array+".push(") || !isArray && strings.HasPrefix(call, strings.TrimSuffix(stub, ")")) {
			return stub
		}
	}
	return ""
}

// brings tells whether a granted vendor brings what the stub would stand in for.
func (p *Policy) brings(stub string, d *Decision) bool {
	return slices.ContainsFunc(p.byStub[stub], func(vendor int) bool { return !p.verdict(vendor, d).Blocked })
}

// Stubs lists the stubs of the vendors that a decision denies, without those that a
// granted vendor brings itself. It is sorted, and the caller's.
func (p *Policy) Stubs(d *Decision) []string {
	var out, there []string
	for i := range p.vendors {
		if v := &p.vendors[i]; p.verdict(i, d).Blocked {
			out = append(out, v.Stubs...)
		} else {
			there = append(there, v.Stubs...)
		}
	}
	out = slices.DeleteFunc(out, func(stub string) bool { return slices.Contains(there, stub) })
	slices.Sort(out)
	return slices.Compact(out)
}

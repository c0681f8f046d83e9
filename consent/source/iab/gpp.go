package iab

// GPP section ids that are not of the US (GPP, Section Information).
const (
	sectionTCF = 2 // tcfeuv2: a TC string as it is
	sectionUSP = 6 // uspv1: a US Privacy string as it is
)

// GPP is what a GPP string says. Its zero value says nothing. A GPP string
// never grants by itself; TCF may, if it is read with ParseTCF.
type GPP struct {
	// TCF is section 2, a TC string, and USP section 6, a US Privacy string;
	// "" if there is none. They are parts of the string that was read, were
	// not looked into, and do not count in the fields below.
	TCF, USP string

	// Sections are the header's. Ids from 64 to 255, if ever there are any, are
	// passed over.
	Sections SectionSet
	// OptOuts are the US sections in which the visitor opted out of sale,
	// sharing or targeted advertising, or which carry the global privacy
	// control.
	OptOuts SectionSet
	// Unread are sections that may hold an opt-out which was not seen: US
	// sections of an unknown version, cut short, or with a value that means
	// nothing, and ids above 27, which came after this was written. Who reads
	// them as "did not opt out" errs.
	Unread SectionSet

	// OptedOut says that there are OptOuts.
	OptedOut bool
	// Applies says that some US section has an answer: that the visitor opted
	// out, or did not opt out. It is false when all say "not applicable".
	Applies bool
	// GPC says that some US section carries the global privacy control.
	GPC bool
}

// ParseGPP reads a GPP string of version 1 (IAB Tech Lab, "Global Privacy
// Platform String", 1.0): its header, sections 7 to 27, which are the US
// national one and those of the states, and where sections 2 and 6 are. Of a
// US section, the opt-outs of sale, sharing and targeted advertising are read
// and the global privacy control; consents to sensitive data and to that of
// children, notices and the MSPA's modes are not.
//
// A section that cannot be read is no error but one of Unread. The error is
// one of ErrTooLong, ErrNotGPP, ErrGPPVersion and ErrGPPSections. A bare TC
// string is ErrNotGPP. Percent-encoding is not undone here.
func ParseGPP(s string) (GPP, error) {
	if len(s) > MaxLength {
		return GPP{}, ErrTooLong
	}
	// Header: Type, 6 bits, always 3; Version, 6 bits; Sections,
	// Range(Fibonacci) of at least 12 bits (GPP String, Header Encoding).
	header, rest, more := cut(s, "~")
	if len(header) < 4 || !isBase64(header) || field(header, 0, 6) != 3 {
		return GPP{}, ErrNotGPP
	}
	if field(header, 6, 6) != 1 {
		return GPP{}, ErrGPPVersion
	}
	var g GPP
	ids := newIDRange(header, 12)
	// Sections lead and ids follow: a header can name more sections than any
	// string could hold.
	for more {
		var section string
		section, rest, more = cut(rest, "~")
		id, ok := ids.next()
		if !ok || id == 0 {
			return GPP{}, ErrGPPSections
		}
		g.add(id, section)
	}
	if id, ok := ids.next(); !ok || id != 0 {
		return GPP{}, ErrGPPSections
	}
	g.OptedOut = g.OptOuts != 0
	g.Applies = g.Applies || g.OptedOut
	return g, nil
}

// add takes a section into account.
func (g *GPP) add(id int, s string) {
	g.Sections = g.Sections.with(id)
	switch {
	case id == sectionTCF:
		g.TCF = s
	case id == sectionUSP:
		g.USP = s
	case id > lastUSSection:
		g.Unread = g.Unread.with(id)
	case id >= firstUSSection:
		u := readUS(id, s)
		if !u.understood() {
			g.Unread = g.Unread.with(id)
		}
		if u.optedOut() {
			g.OptOuts = g.OptOuts.with(id)
		}
		g.Applies = g.Applies || u.didNotOptOut()
		g.GPC = g.GPC || u.gpc
	}
}

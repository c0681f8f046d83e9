package iab

const firstUSSection, lastUSSection = 7, 27

// usLayout is where the opt-outs are in a US section's core segment: bit
// offsets of fields of two bits, 0 where there is no such field.
type usLayout struct {
	sale, sharing, targeted uint8

	gpc  bool // segments after the core may be of type 1, GPC
	mspa bool // the core starts with the version of the MSPA, see usCore
}

// usLayouts are the core segments by section id. Offsets were added up from
// the field tables in the specification's folder Sections ("Core Segment",
// "Core Subsection") and agree with those of the npm package @iabgpp/cmpapi
// 3.2.0, which internal/iabvectors checks bit for bit. All sections have one
// version, 1, but the national one: version 2 of it (2024) has more categories
// of sensitive data, which come behind the opt-outs.
var usLayouts = [lastUSSection + 1]usLayout{
	7:  {sale: 18, sharing: 20, targeted: 22, gpc: true}, // national
	8:  {sale: 12, sharing: 14, gpc: true},               // California
	9:  {sale: 12, targeted: 14},                         // Virginia
	10: {sale: 12, targeted: 14, gpc: true},              // Colorado
	11: {sale: 14, targeted: 16},                         // Utah
	12: {sale: 12, targeted: 14, gpc: true},              // Connecticut
	13: {sale: 12, targeted: 14},                         // Florida
	14: {sale: 12, targeted: 14, gpc: true},              // Montana
	15: {sale: 12, targeted: 14, gpc: true},              // Oregon
	16: {sale: 12, targeted: 14, gpc: true},              // Texas
	17: {sale: 12, targeted: 14, gpc: true},              // Delaware
	18: {sale: 14, targeted: 16, gpc: true},              // Iowa
	19: {sale: 12, targeted: 14, gpc: true},              // Nebraska
	20: {sale: 12, targeted: 14, gpc: true},              // New Hampshire
	21: {sale: 12, targeted: 14, gpc: true},              // New Jersey
	22: {sale: 12, targeted: 14, gpc: true},              // Tennessee
	23: {sale: 12, targeted: 14, gpc: true},              // Minnesota
	24: {sale: 16, targeted: 18, gpc: true, mspa: true},  // Maryland
	25: {sale: 16, targeted: 18, mspa: true},             // Indiana
	26: {sale: 16, targeted: 18, mspa: true},             // Kentucky
	27: {sale: 16, targeted: 18, mspa: true},             // Rhode Island
}

// optOut is a field of two bits.
type optOut uint8

const (
	optOutNotApplicable optOut = iota
	optedOut
	didNotOptOut
	optOutUndefined // means nothing in any section
)

// usSection is what one US section says. The zero value is one that was not
// understood.
type usSection struct {
	known                   bool // a version whose layout is known, and long enough
	sale, sharing, targeted optOut
	gpc                     bool
}

// understood says whether all opt-outs could be read.
func (u usSection) understood() bool {
	return u.known && u.sale != optOutUndefined && u.sharing != optOutUndefined && u.targeted != optOutUndefined
}

func (u usSection) optedOut() bool {
	return u.sale == optedOut || u.sharing == optedOut || u.targeted == optedOut || u.gpc
}

// didNotOptOut says whether the visitor kept to the default in something.
func (u usSection) didNotOptOut() bool {
	return u.understood() && (u.sale == didNotOptOut || u.sharing == didNotOptOut || u.targeted == didNotOptOut)
}

// readUS reads a US section, id being one of them. The core is needed as far
// as its opt-outs: what comes behind them has grown within one version before
// (the national section's, in 2024), and is of no interest.
func readUS(id int, s string) usSection {
	layout := usLayouts[id]
	core, rest, more := usCore(id, s)
	if core == "" || len(core)*charBits < int(max(layout.sale, layout.sharing, layout.targeted))+2 {
		return usSection{}
	}
	u := usSection{
		known:    true,
		sale:     readOptOut(core, layout.sale),
		sharing:  readOptOut(core, layout.sharing),
		targeted: readOptOut(core, layout.targeted),
	}
	for layout.gpc && more {
		var segment string
		segment, rest, more = cut(rest, ".")
		// SubsectionType, 2 bits, 1 for GPC, and Gpc, 1 bit ("GPC
		// Sub-section"). The general table of GPP's data types says that 0 is
		// true; the sections say that 1 is, and so does everybody's code.
		if segment != "" && isBase64(segment) && field(segment, 0, 3) == 0b011 {
			u.gpc = true
		}
	}
	return u
}

// usCore is the core segment of a US section, "" if it is not one whose layout
// is known, and what follows it.
//
// Most cores start with their own version in 6 bits. The sections of 2025
// start with the version of the MSPA, which is a contract's and does not
// change the layout. Their specification puts a segment before the core, with
// the section's id and version in 6 bits each and a list of subsections;
// @iabgpp/cmpapi writes none. As no version of the MSPA comes near the ids,
// the first 6 bits tell the two apart.
func usCore(id int, s string) (core, rest string, more bool) {
	core, rest, more = cut(s, ".")
	if !isBase64(core) {
		return "", "", false
	}
	version := int(field(core, 0, 6))
	switch {
	case !usLayouts[id].mspa:
		if version != 1 && (version != 2 || id != firstUSSection) {
			return "", "", false
		}
	case version == id:
		if field(core, 6, 6) != 1 {
			return "", "", false
		}
		core, rest, more = cut(rest, ".")
		if !isBase64(core) || !isMSPAVersion(int(field(core, 0, 6))) {
			return "", "", false
		}
	case !isMSPAVersion(version):
		return "", "", false
	}
	return core, rest, more
}

// isMSPAVersion leaves out the ids of the sections that start with one.
func isMSPAVersion(v int) bool { return v >= 1 && v < 24 }

func readOptOut(core string, offset uint8) optOut {
	if offset == 0 {
		return optOutNotApplicable
	}
	return optOut(field(core, int(offset), 2))
}

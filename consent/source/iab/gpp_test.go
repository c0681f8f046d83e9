package iab

import (
	"slices"
	"strings"
	"testing"
)

func TestParseGPPErrors(t *testing.T) {
	cases := []struct {
		name, in string
		err      error
	}{
		{"empty", "", ErrNotGPP},
		{"a letter", "D", ErrNotGPP},
		{"a word", "accepted", ErrNotGPP},
		{"a TC string", realTCF, ErrNotGPP},
		{"a US Privacy string", "1YNN", ErrNotGPP},
		{"half a header", "DBA", ErrNotGPP},
		{"no sections", "DBAA", nil},
		{"no sections, and one", "DBAA~1YNN", ErrGPPSections},
		{"version 2", "DCABLA~BVQqAAAACgA.QA", ErrGPPVersion},
		{"a header without its section", headerNational, ErrGPPSections},
		{"one section more than in the header", headerNational + "~BVQqAAAACgA.QA~1YNN", ErrGPPSections},
		{"bad character in the header", "DBAB*A~BVQqAAAACgA.QA", ErrNotGPP},
		{"a header that is cut within an id", "DBAB~1YNN", ErrGPPSections},
		{"a header that is cut within the end of a group", pack("000011 000001 000000000001 1 00011 0") + "~x~y", ErrGPPSections},
		{"an id without end", pack("000011 000001 000000000001 0"+strings.Repeat("0", 100)) + "~x", ErrGPPSections},
		{"a group to beyond all bounds", pack("000011 000001 000000000001 1 11"+strings.Repeat("0", 22)+"11") + "~x~y", ErrGPPSections},
		{"ids that add up to beyond all bounds", pack("000011 000001 000000000010 0 0000000000011 0 000000000011") + "~x~y", ErrGPPSections}, // 233 + 144
		{"4095 items in no space", pack("000011 000001 111111111111 0 11") + "~x~y", ErrGPPSections},
		{"padding of the header", headerNational + "==~BVQqAAAACgA.QA", nil},
		{"padding of segments", headerNational + "~BVQqAAAACgA=.QA==", nil},
		{"percent-encoded tilde", headerNational + "%7EBVQqAAAACgA.QA", ErrNotGPP},
		{"longer than may be", headerNational + "~" + strings.Repeat("A", MaxLength), ErrTooLong},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := ParseGPP(c.in)
			if err != c.err { //nolint:errorlint // never wrapped, as documented
				t.Errorf("error %v, want %v", err, c.err)
			}
			if err != nil && got != (GPP{}) {
				t.Errorf("an error and %+v", got)
			}
		})
	}
}

func TestParseGPPExamplesOfTheSpecification(t *testing.T) {
	const tcf = "CPXxRfAPXxRfAAfKABENB-CgAAAAAAAAAAYgAAAAAAAA"
	for in, want := range map[string]GPP{
		"DBABMA~" + tcf:            {TCF: tcf, Sections: 1 << 2},
		"DBACNYA~" + tcf + "~1YNN": {TCF: tcf, USP: "1YNN", Sections: 1<<2 | 1<<6},
		"DBABjw~" + tcf + "~1YNN":  {USP: "1YNN", Sections: 1<<5 | 1<<6},
	} {
		if got, err := ParseGPP(in); err != nil || got != want {
			t.Errorf("%s: %+v, %v", in, got, err)
		}
	}
}

func TestHeaderIDs(t *testing.T) {
	cases := []struct {
		bits string
		want []int
	}{
		{"000000000000", nil},
		{"000000000010 0 0011 1 011 0011", []int{3, 5, 6, 7, 8}}, // the example of "Section Encoding"
		{"000000000001 1 11 11", []int{1, 2}},
		{"000000000011 0 11 0 11 0 11", []int{1, 2, 3}},
		{"000000000001 0 0101011", []int{2 + 5 + 13}},
		{"000000000001 0 000000011", []int{34}},
		{"000000000001 0 0000010000011", []int{13 + 233}},
	}
	for _, c := range cases {
		ids := newIDRange(pack(c.bits), 0)
		var got []int
		for {
			id, ok := ids.next()
			if !ok {
				t.Errorf("%s: not ok after %v", c.bits, got)
			}
			if id == 0 || !ok {
				break
			}
			got = append(got, id)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.bits, got, c.want)
		}
	}
}

func TestUSSections(t *testing.T) {
	zeros := strings.Repeat("0", 40)
	// The head of a core up to its opt-outs.
	nat := func(version, optOuts string) string { return pack(version + strings.Repeat("0", 12) + optOuts + zeros) }
	va := func(version, optOuts string) string { return pack(version + strings.Repeat("0", 6) + optOuts + zeros) }
	mspa := func(version, optOuts string) string { return pack(version + "01 00 00 00 00" + optOuts + "0000") }
	const (
		v0, v1, v2, v3 = "000000", "000001", "000010", "000011"

		id24, id25 = "011000", "011001"
		// The list of subsections of a section's header; what it says is not read.
		list = "000000000001 0 11"
	)
	const gpcOn, gpcOff = "YA", "QA"
	one := func(id int) SectionSet { return SectionSet(0).with(id) }
	optedOut := func(id int) GPP {
		return GPP{Sections: one(id), OptOuts: one(id), OptedOut: true, Applies: true}
	}
	gpc := func(id int) GPP {
		g := optedOut(id)
		g.GPC = true
		return g
	}
	silent := func(id int) GPP { return GPP{Sections: one(id)} }
	answered := func(id int) GPP { return GPP{Sections: one(id), Applies: true} }
	unread := func(id int) GPP { return GPP{Sections: one(id), Unread: one(id)} }

	cases := []struct {
		name, header, section string
		want                  GPP
	}{
		{"nothing applies", headerNational, nat(v1, "00 00 00"), silent(7)},
		{"sale", headerNational, nat(v1, "01 00 00"), optedOut(7)},
		{"sharing", headerNational, nat(v1, "10 01 10"), optedOut(7)},
		{"targeted advertising", headerNational, nat(v2, "10 10 01"), optedOut(7)},
		{"did not opt out", headerNational, nat(v2, "00 00 10"), answered(7)},
		{"national version 0", headerNational, nat(v0, "01 01 01"), unread(7)},
		{"national version 3", headerNational, nat(v3, "01 01 01") + "." + gpcOn, unread(7)},
		{"Virginia version 2", headerVirginia, va(v2, "10 10"), unread(9)},
		{"Virginia", headerVirginia, va(v1, "10 01"), optedOut(9)},
		{"California has no targeted advertising", headerCalifornia, va(v1, "10 10 01"), answered(8)},
		{"Utah's start two bits later", headerUtah, va(v1, "01 10 10"), answered(11)},
		{"Utah", headerUtah, va(v1, "10 01 10"), optedOut(11)},

		{"GPC", headerNational, nat(v1, "10 10 10") + "." + gpcOn, gpc(7)},
		{"GPC alone", headerNational, nat(v1, "00 00 00") + "." + gpcOn, gpc(7)},
		{"GPC is off", headerNational, nat(v1, "10 10 10") + "." + gpcOff, answered(7)},
		{"GPC behind another segment", headerNational, nat(v1, "10 10 10") + ".wA.." + gpcOn, gpc(7)},
		{"GPC twice", headerNational, nat(v1, "10 10 10") + "." + gpcOn + "." + gpcOff, gpc(7)},
		{"no GPC in a segment of another type", headerNational, nat(v1, "10 10 10") + "." + pack("001") + "." + pack("101"), answered(7)},
		{"no GPC where there is a bad character", headerNational, nat(v1, "10 10 10") + ".Y*", answered(7)},
		{"no GPC in Virginia", headerVirginia, va(v1, "10 10") + "." + gpcOn, answered(9)},
		{"no GPC in Utah", headerUtah, va(v1, "10 10 10") + "." + gpcOn, answered(11)},
		{"no GPC in Florida", headerFlorida, va(v1, "10 10") + "." + gpcOn, answered(13)},

		{"value 3 is no opt-out, and no answer", headerNational, nat(v1, "11 10 10"), unread(7)},
		{"value 3 beside an opt-out", headerNational, nat(v1, "11 01 10"), func() GPP {
			g := optedOut(7)
			g.Unread = one(7)
			return g
		}()},
		{"empty section", headerNational, "", unread(7)},
		{"only a dot", headerNational, ".", unread(7)},
		{"cut within the opt-outs", headerNational, nat(v1, "10 10 10")[:3], unread(7)},
		{"cut behind the opt-outs", headerNational, nat(v1, "10 10 01")[:4], optedOut(7)},
		{"bad character in the core", headerNational, nat(v1, "10 10 10") + "*", unread(7)},

		{"Maryland without a header", headerMaryland, mspa(v1, "01 00"), optedOut(24)},
		{"Maryland, GPC", headerMaryland, mspa(v1, "10 10") + "." + gpcOn, gpc(24)},
		{"Maryland with a header", headerMaryland, pack(id24+v1+list) + "." + mspa(v3, "10 01"), optedOut(24)},
		{"Maryland with a header, GPC", headerMaryland, pack(id24+v1+list) + "." + mspa(v3, "10 10") + "." + gpcOn, gpc(24)},
		{"Maryland, version 2", headerMaryland, pack(id24+v2+list) + "." + mspa(v1, "10 10"), unread(24)},
		{"Maryland, header alone", headerMaryland, pack(id24 + v1 + list), unread(24)},
		{"Maryland, header cut short", headerMaryland, pack(id24) + "." + mspa(v1, "10 10"), unread(24)},
		{"Maryland, Indiana's header", headerMaryland, pack(id25+v1+list) + "." + mspa(v1, "10 10"), unread(24)},
		{"Maryland, two headers", headerMaryland, pack(id24+v1+list) + "." + pack(id24+v1+list), unread(24)},
		{"Maryland, MSPA version 0", headerMaryland, mspa(v0, "10 10"), unread(24)},
		{"Maryland, cut within the opt-outs", headerMaryland, mspa(v1, "10 10")[:3], unread(24)},
		{"Indiana", headerIndiana, mspa(v2, "10 10"), answered(25)},
		{"Indiana's consents to sensitive data are no GPC", headerIndiana, mspa(v1, "10 10") + "." + pack("01 10 01 10 01 10 01 10"), answered(25)},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := ParseGPP(c.header + "~" + c.section)
			if err != nil || got != c.want {
				t.Errorf("%s~%s:\n got %+v, %v\nwant %+v", c.header, c.section, got, err, c.want)
			}
		})
	}
}

func TestSectionsOfLaterYearsAreUnread(t *testing.T) {
	for code, want := range map[string]GPP{
		"0101001 1":    {Sections: 1 << 28, Unread: 1 << 28}, // 28 = 2 + 5 + 21
		"0000100001 1": {},                                   // 97 = 8 + 89, beyond the sets
	} {
		in := pack("000011 000001 000000000001 0"+code) + "~BVQVAAAAAgA"
		if got, err := ParseGPP(in); err != nil || got != want {
			t.Errorf("%s: %+v, %v, want %+v", code, got, err, want)
		}
	}
}

func TestOneOptOutAmongSectionsIsEnough(t *testing.T) {
	const (
		out, in  = "BAAQAA", "BAAgAA"
		unknown  = "DAAgAA"
		sections = 1<<7 | 1<<8
	)
	header := pack("000011 000001 000000000001 1 01011 11") // 7 and 8
	for text, want := range map[string]GPP{
		in + "~BAgAAA":      {Sections: sections, Applies: true},
		out + "~BAgAAA":     {Sections: sections, Applies: true, OptedOut: true, OptOuts: 1 << 7},
		in + "~BAQAAA":      {Sections: sections, Applies: true, OptedOut: true, OptOuts: 1 << 8},
		unknown + "~BAQAAA": {Sections: sections, Applies: true, OptedOut: true, OptOuts: 1 << 8, Unread: 1 << 7},
		unknown + "~BAgAAA": {Sections: sections, Applies: true, Unread: 1 << 7},
	} {
		if got, err := ParseGPP(header + "~" + text); err != nil || got != want {
			t.Errorf("%s:\n got %+v, %v\nwant %+v", text, got, err, want)
		}
	}
}

func TestSectionSet(t *testing.T) {
	s := SectionSet(0).with(7).with(0).with(63).with(64).with(-1)
	if got := slices.Collect(s.All()); !slices.Equal(got, []int{0, 7, 63}) || s.Len() != 3 {
		t.Errorf("%v, %d", got, s.Len())
	}
	for id := range s.All() {
		if id == 7 {
			break
		}
	}
	for _, id := range []int{-1 << 62, -1, 1, 62, 64, 71, 1 << 62} {
		if s.Has(id) {
			t.Errorf("%d is in the set", id)
		}
	}
	if !s.Has(0) || !s.Has(7) || !s.Has(63) {
		t.Error("an id is missing")
	}
}

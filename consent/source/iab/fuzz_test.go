package iab

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"
)

// slowTCF reads purposes, interests and special features by another way: it
// decodes the 36 characters that hold them and counts single bits.
func slowTCF(s string) (t TCF, ok bool) {
	if len(s) < tcfMinLength {
		return TCF{}, false
	}
	b, err := base64.RawURLEncoding.DecodeString(s[:tcfMinLength])
	if err != nil {
		return TCF{}, false
	}
	bit := func(i int) bool { return b[i/8]<<(i%8)&0x80 != 0 }
	number := func(from, to int) (n uint64) {
		for i := from; i <= to; i++ {
			n <<= 1
			if bit(i) {
				n |= 1
			}
		}
		return n
	}
	for n := range 24 {
		if bit(152 + n) {
			t.Purposes |= 1 << n
		}
		if bit(176 + n) {
			t.LegitimateInterests |= 1 << n
		}
	}
	for n := range 12 {
		if bit(140 + n) {
			t.SpecialFeatures |= 1 << n
		}
	}
	t.PolicyVersion = uint8(number(132, 137))
	t.ServiceSpecific, t.PurposeOneTreatment = bit(138), bit(200)
	t.Created = time.UnixMilli(int64(number(6, 41)) * 100).UTC()
	t.LastUpdated = time.UnixMilli(int64(number(42, 77)) * 100).UTC()
	return t, number(0, 5) == 2 && t.PolicyVersion >= 4 && t.ServiceSpecific
}

func FuzzTCF(f *testing.F) {
	for _, v := range vectors(f, "tcf")[:40] {
		f.Add(v.text)
	}
	for _, s := range []string{
		"", "C", realTCF, "DBABLA~BVQqAAAACgA.QA", "1YNN", "BOvHJckOvHJckEDABBENC-AAAAAuiAAA", strings.Repeat("C", 36),
		"CPubvkAPub5kAAHABBENDMCgAAAAAAAAAB5YABAAAA", realTCF + "==", "C" + strings.Repeat("_", 50) + ".=.",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := ParseTCF(s)
		if err != nil {
			if got != (TCF{}) {
				t.Fatalf("%q: %v and %+v", s, err, got)
			}
			return
		}
		if want, ok := slowTCF(s); !ok || got != want {
			t.Fatalf("%q: %+v, want %+v (%v)", s, got, want, ok)
		}
		if strings.Trim(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.=") != "" {
			t.Fatalf("%q is read", s)
		}
	})
}

func FuzzGPP(f *testing.F) {
	for i, v := range vectors(f, "gpp") {
		if i < 42 || i%50 == 0 {
			f.Add(v.text)
		}
	}
	for _, s := range []string{
		"", "D", "DBAA", realTCF, "DBABMA~" + realTCF, "DBACNYA~C~1YNN", "DBABLA~~", "DBABLA~.YA", "DBABLA~BVQqAAAACgA.YA.QA",
		pack("000011 000001 111111111111 1 11 0000000000000000000011") + "~", "DBABEYA~YBABg.BkEE.YA", "DBABLA=~BVQq=.YA==",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := ParseGPP(s)
		if err != nil {
			if got != (GPP{}) {
				t.Fatalf("%q: %v and %+v", s, err, got)
			}
			return
		}
		const us = SectionSet(1<<(lastUSSection+1) - 1<<firstUSSection)
		switch {
		case got.OptedOut != (got.OptOuts != 0), got.GPC && !got.OptedOut, got.OptedOut && !got.Applies:
			t.Fatalf("%q contradicts itself: %+v", s, got)
		case got.OptOuts&^(got.Sections&us) != 0, got.Unread&^got.Sections != 0:
			t.Fatalf("%q: sections from nowhere: %+v", s, got)
		case got.Unread&(1<<firstUSSection-1) != 0:
			t.Fatalf("%q: unread sections that have no opt-out: %+v", s, got)
		case got.Applies && got.Sections&us&^got.Unread == 0 && !got.OptedOut:
			t.Fatalf("%q: an answer that nobody gave: %+v", s, got)
		case got.TCF != "" && !got.Sections.Has(sectionTCF), got.USP != "" && !got.Sections.Has(sectionUSP):
			t.Fatalf("%q: text from nowhere: %+v", s, got)
		case !strings.HasPrefix(s, "DB"), got.Sections.Len() > strings.Count(s, "~"):
			t.Fatalf("%q is read", s)
		}
		// A section that is alone says all there is.
		parts := strings.Split(s, "~")[1:]
		if len(parts) != 1 {
			return
		}
		for id := range (got.Sections & us).All() {
			u := readUS(id, trimPadding(parts[0]))
			if u.optedOut() != got.OptedOut || u.gpc != got.GPC || u.understood() == got.Unread.Has(id) {
				t.Fatalf("%q: %+v, section %+v", s, got, u)
			}
		}
	})
}

func FuzzUSP(f *testing.F) {
	for _, s := range []string{"", "1", "1YNN", "1---", "1YYY", "2YNN", "1ynn", "1YN\x00", "1YNNN", "\xff\xff\xff\xff", "1é-"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := ParseUSP(s)
		if err != nil && got != (USP{}) {
			t.Fatalf("%q: %v and %+v", s, err, got)
		}
		letter := map[Answer]string{Yes: "Y", No: "N", NotApplicable: "-"}
		if err == nil && "1"+letter[got.Notice]+letter[got.OptOutSale]+letter[got.LSPA] != strings.ToUpper(s) {
			t.Fatalf("%q: %+v", s, got)
		}
	})
}

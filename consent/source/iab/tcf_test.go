package iab

import (
	"strings"
	"testing"
	"time"
)

// realTCF is OneTrust's string of a visitor who accepted nothing.
const realTCF = "CP4mi7gP4mi7gAcABBENAjEgAAAAAAAAACiQAAAAAAAA.YAAAAAAAAAAA"

// with replaces the character at i.
func with(s string, i int, c byte) string { return s[:i] + string(c) + s[i+1:] }

func TestParseTCFErrors(t *testing.T) {
	core, _, _ := strings.Cut(realTCF, ".")
	cases := []struct {
		name, in string
		err      error
	}{
		{"empty", "", ErrNotTCF},
		{"one letter", "C", ErrNotTCF},
		{"a word", "accepted", ErrNotTCF},
		{"JSON", `{"purposes":[1,2,3]}`, ErrNotTCF},
		{"only dots", "....", ErrNotTCF},
		{"no core before the first dot", "." + core, ErrNotTCF},
		{"36 characters", core[:36], nil},
		{"35 characters", core[:35], ErrNotTCF},
		{"35 characters and padding", core[:35] + "=", ErrNotTCF},
		{"core alone", core, nil},
		{"all of it", realTCF, nil},
		{"blank in front", " " + realTCF, ErrNotTCF},
		{"blank behind", realTCF + " ", ErrNotTCF},
		{"quotes", `"` + realTCF + `"`, ErrNotTCF},
		{"TCF 1", "BOvHJckOvHJckEDABBENC-AAAAAuiAAA", ErrTCFVersion},
		{"TCF 1, long", "B" + realTCF[1:], ErrTCFVersion},
		{"a GPP string", "DBABMA~" + realTCF, ErrNotTCF},
		{"version 4", "E" + realTCF[1:], ErrNotTCF},
		{"version 0", "A" + realTCF[1:], ErrNotTCF},
		{"policy 0", with(realTCF, 22, 'A'), ErrTCFPolicy},
		{"policy 2, of TCF 2.0", with(realTCF, 22, 'C'), ErrTCFPolicy},
		{"policy 3", with(realTCF, 22, 'D'), ErrTCFPolicy},
		{"policy 5, of TCF 2.3", with(realTCF, 22, 'F'), nil},
		{"policy 63", with(realTCF, 22, '_'), nil},
		{"for all sites", with(realTCF, 23, 'A'), ErrTCFGlobal},
		{"a string that made another reader panic", "CPubvkAPub5kAAHABBENDMCgAAAAAAAAAB5YABAAAA", ErrTCFPolicy},
		{"plus of the other base64 in the core", with(realTCF, 40, '+'), ErrNotTCF},
		{"slash of the other base64 in the core", with(realTCF, 30, '/'), ErrNotTCF},
		{"a byte above ASCII", with(realTCF, 30, 0xC3), ErrNotTCF},
		{"NUL", with(realTCF, 30, 0), ErrNotTCF},
		{"percent-encoded dot", strings.Replace(realTCF, ".", "%2E", 1), ErrNotTCF},
		{"bad character in a later segment", realTCF + "*", ErrNotTCF},
		{"all segments", core + ".IAAA.QAAA." + "YAAAAAAAAAAA", nil},
		{"segments of no known type", core + ".AAAA.gAAA._AAA", nil},
		{"empty segments", core + "...", nil},
		{"padding behind the core", core + "=.YAAAAAAAAAAA", nil},
		{"padding at the end", realTCF + "==", nil},
		{"too much padding", realTCF + "===", ErrNotTCF},
		{"padding within", core[:20] + "=" + core[20:], ErrNotTCF},
		{"padding in front", "=" + core, ErrNotTCF},
		{"as long as may be", core + strings.Repeat(".", MaxLength-len(core)), nil},
		{"longer", core + strings.Repeat(".", MaxLength-len(core)+1), ErrTooLong},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := ParseTCF(c.in)
			if err != c.err { //nolint:errorlint // never wrapped, as documented
				t.Errorf("error %v, want %v", err, c.err)
			}
			if err != nil && got != (TCF{}) {
				t.Errorf("an error and %+v", got)
			}
		})
	}
}

// bitsTCF is a core segment of ones and zeros with every field that is read.
func bitsTCF(features, purposes, interests, one string) string {
	return pack("000010" + // Version
		"000000000000000000000000000000000001" + // Created
		"001111010110011110110110001111100000" + // LastUpdated
		strings.Repeat("1", 54) + // CmpId to VendorListVersion
		"000101" + // TcfPolicyVersion
		"1" + "1" + // IsServiceSpecific, UseNonStandardTexts
		features + purposes + interests + one +
		strings.Repeat("1", 12)) // PublisherCC
}

func TestTCFFieldsByBit(t *testing.T) {
	none12, none24 := strings.Repeat("0", 12), strings.Repeat("0", 24)
	for n := 1; n <= 24; n++ {
		set := none24[:n-1] + "1" + none24[n:]
		got, err := ParseTCF(bitsTCF(none12, set, none24, "0"))
		if err != nil || got.Purposes != 1<<(n-1) || got.LegitimateInterests != 0 || got.SpecialFeatures != 0 ||
			!got.Purpose(n) || got.PurposeOneTreatment || !got.ServiceSpecific {
			t.Errorf("purpose %d: %+v, %v", n, got, err)
		}
		// Legitimate interest is never consent.
		got, err = ParseTCF(bitsTCF(none12, none24, set, "1"))
		if err != nil || got.Purposes != 0 || got.LegitimateInterests != 1<<(n-1) || got.Purpose(n) ||
			!got.PurposeOneTreatment {
			t.Errorf("interest %d: %+v, %v", n, got, err)
		}
	}
	for n := 1; n <= 12; n++ {
		got, err := ParseTCF(bitsTCF(none12[:n-1]+"1"+none12[n:], none24, none24, "0"))
		if err != nil || got.SpecialFeatures != 1<<(n-1) || !got.SpecialFeature(n) || got.Purposes != 0 {
			t.Errorf("special feature %d: %+v, %v", n, got, err)
		}
	}
	got, err := ParseTCF(bitsTCF(none12, none24, none24, "0"))
	if err != nil || got.PolicyVersion != 5 || !got.Created.Equal(time.UnixMilli(100)) ||
		!got.LastUpdated.Equal(time.UnixMilli(0b001111010110011110110110001111100000*100)) {
		t.Errorf("%+v, %v", got, err)
	}
	all := TCF{Purposes: 1<<24 - 1, SpecialFeatures: 1<<12 - 1}
	for _, n := range []int{-1 << 62, -1, 0, 25, 64, 65, 1 << 62} {
		if all.Purpose(n) || all.SpecialFeature(n) {
			t.Errorf("%d is granted", n)
		}
	}
}

package iab

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
)

// vector is one string that the IAB's own packages wrote, and what they read
// in it. internal/iabvectors/generate.js tells what the fields are.
type vector struct {
	line   int // in the file, counted from 1
	text   string
	fields []string
}

func vectors(t testing.TB, kind string) []vector {
	t.Helper()
	data, err := os.ReadFile("testdata/vectors.tsv")
	if err != nil {
		t.Fatal(err)
	}
	var all []vector
	n := 0
	for line := range strings.Lines(string(data)) {
		n++
		fields := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if fields[0] == kind {
			all = append(all, vector{line: n, text: fields[1], fields: fields[2:]})
		}
	}
	return all
}

func number(t *testing.T, s string, base int) uint64 {
	t.Helper()
	n, err := strconv.ParseUint(s, base, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// valid makes a TC string one of policy version 4 and for one service, and
// leaves the rest: the policy is character 22 (bits 132 to 137) and
// IsServiceSpecific the first bit of character 23.
func valid(s string) string {
	b := []byte(s)
	b[22] = 'E'
	b[23] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"[alphabet[b[23]]|1<<5]
	return string(b)
}

func TestVectorsTCF(t *testing.T) {
	all := vectors(t, "tcf")
	if len(all) < 1000 {
		t.Fatalf("%d strings", len(all))
	}
	refused := 0
	for _, v := range all {
		want := TCF{
			Purposes:            uint32(number(t, v.fields[0], 16)),
			LegitimateInterests: uint32(number(t, v.fields[1], 16)),
			SpecialFeatures:     uint16(number(t, v.fields[2], 16)),
			PolicyVersion:       uint8(number(t, v.fields[3], 10)),
			ServiceSpecific:     v.fields[4] == "1",
			PurposeOneTreatment: v.fields[5] == "1",
			Created:             time.UnixMilli(int64(number(t, v.fields[6], 10)) * 100).UTC(),
			LastUpdated:         time.UnixMilli(int64(number(t, v.fields[7], 10)) * 100).UTC(),
		}
		text := v.text
		var wantErr error
		switch {
		case want.PolicyVersion < 4:
			wantErr = ErrTCFPolicy
		case !want.ServiceSpecific:
			wantErr = ErrTCFGlobal
		}
		if wantErr != nil {
			refused++
			if got, err := ParseTCF(text); err != wantErr || got != (TCF{}) { //nolint:errorlint // never wrapped, as documented
				t.Errorf("line %d: %+v, %v, want %v", v.line, got, err, wantErr)
			}
			// The bits have to agree nonetheless.
			text, want.PolicyVersion, want.ServiceSpecific = valid(text), 4, true
		}
		if got, err := ParseTCF(text); err != nil || got != want {
			t.Errorf("line %d: %s:\n got %+v, %v\nwant %+v", v.line, text, got, err, want)
		}
		for n := -1; n <= 40; n++ {
			bit := n >= 1 && n <= 24 && want.Purposes>>(n-1)&1 == 1
			if got := want.Purpose(n); got != bit {
				t.Errorf("line %d: purpose %d: %v", v.line, n, got)
			}
			bit = n >= 1 && n <= 12 && want.SpecialFeatures>>(n-1)&1 == 1
			if got := want.SpecialFeature(n); got != bit {
				t.Errorf("line %d: special feature %d: %v", v.line, n, got)
			}
		}
	}
	t.Logf("%d strings, of them %d refused for their policy or scope", len(all), refused)
}

func TestVectorsGPP(t *testing.T) {
	all := vectors(t, "gpp")
	if len(all) < 1000 {
		t.Fatalf("%d strings", len(all))
	}
	seen := map[int]int{}
	for _, v := range all {
		got, err := ParseGPP(v.text)
		if err != nil {
			t.Errorf("line %d: %v", v.line, err)
			continue
		}
		want := GPP{TCF: got.TCF, USP: got.USP}
		parts := strings.Split(v.text, "~")[1:]
		if len(parts) != len(v.fields) {
			t.Fatalf("line %d: %d sections, %d expected", v.line, len(parts), len(v.fields))
		}
		for i, section := range v.fields {
			text, expected, _ := strings.Cut(section, ":")
			id := int(number(t, text, 10))
			seen[id]++
			want.Sections = want.Sections.with(id)
			switch id {
			case sectionTCF:
				tcf, err := ParseTCF(got.TCF)
				read := fmt.Sprintf("%x,%x,%x", tcf.Purposes, tcf.LegitimateInterests, tcf.SpecialFeatures)
				if err != nil || read != expected || got.TCF != parts[i] {
					t.Errorf("line %d: TCF %q: %s, %v, want %s", v.line, got.TCF, read, err, expected)
				}
			case sectionUSP:
				if read, err := ParseUSP(got.USP); err != nil || uspText(read) != expected || got.USP != parts[i] {
					t.Errorf("line %d: USP %q: %+v, %v, want %s", v.line, got.USP, read, err, expected)
				}
			case 5: // Canadian TCF, not read
			default:
				u := readUS(id, parts[i])
				if read := usText(id, parts[i], u); read != expected || !u.understood() {
					t.Errorf("line %d: section %d, %q: %s, want %s", v.line, id, parts[i], read, expected)
				}
				f := strings.Split(expected, ",")
				if f[0] == "1" || f[1] == "1" || f[2] == "1" || f[3] == "1" {
					want.OptOuts = want.OptOuts.with(id)
					want.OptedOut = true
				}
				want.GPC = want.GPC || f[3] == "1"
				want.Applies = want.Applies || want.OptedOut || f[0] == "2" || f[1] == "2" || f[2] == "2"
			}
		}
		if got != want {
			t.Errorf("line %d: %s:\n got %+v\nwant %+v", v.line, v.text, got, want)
		}
	}
	for id := firstUSSection; id <= lastUSSection; id++ {
		if seen[id] < 50 {
			t.Errorf("section %d is in %d strings only", id, seen[id])
		}
	}
	t.Logf("%d strings, sections: %v", len(all), seen)
}

// usText writes a US section as vectors have it.
func usText(id int, s string, u usSection) string {
	value := func(o optOut, offset uint8) string {
		if offset == 0 {
			return "-"
		}
		return strconv.Itoa(int(o))
	}
	gpc := "-"
	if usLayouts[id].gpc && strings.Contains(s, ".") {
		gpc = "0"
		if u.gpc {
			gpc = "1"
		}
	}
	l := usLayouts[id]
	return strings.Join([]string{value(u.sale, l.sale), value(u.sharing, l.sharing), value(u.targeted, l.targeted), gpc}, ",")
}

func uspText(u USP) string {
	letter := map[Answer]string{Yes: "Y", No: "N", NotApplicable: "-"}
	return letter[u.Notice] + "," + letter[u.OptOutSale] + "," + letter[u.LSPA]
}

func TestVectorsUSP(t *testing.T) {
	all := vectors(t, "usp")
	if len(all) != 27 {
		t.Fatalf("%d strings", len(all))
	}
	for _, v := range all {
		if got, err := ParseUSP(v.text); err != nil || uspText(got) != v.fields[0] {
			t.Errorf("line %d: %s: %+v, %v", v.line, v.text, got, err)
		}
	}
}

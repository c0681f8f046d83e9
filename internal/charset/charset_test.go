package charset

import (
	"bytes"
	"slices"
	"testing"
)

// The first declaration that is one counts.
func TestTheEncodingIsThatOfTheFirstLabel(t *testing.T) {
	for _, c := range []struct {
		name         string
		header, meta []string // labels
		tentative    bool
		reads        string // what "caf\xe9" is, once known
	}{
		{"a header", []string{"iso-8859-1"}, nil, false, "café"},
		{"a header before a <meta>", []string{"iso-8859-7"}, []string{"iso-8859-1"}, false, "cafι"},
		{"a <meta>", nil, []string{"iso-8859-1", "iso-8859-7"}, true, "café"},
		{"what is no label", []string{"none"}, []string{"nor this", "latin1"}, true, "café"},
		{"UTF-8", []string{"UTF-8"}, nil, false, "caf\xe9"},
		{"UTF-8 in a <meta>", nil, []string{"utf-8", "latin1"}, true, "caf\xe9"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var known Charset
			for _, label := range c.header {
				known.Declare(label)
			}
			for _, label := range c.meta {
				known.DeclareInMeta([]byte(label))
			}
			if known.Tentative() != c.tentative || known.IsISO2022JP() {
				t.Errorf("tentative %v, ISO-2022-JP %v", known.Tentative(), known.IsISO2022JP())
			}
			var got []string
			for text := range known.Readings([]byte("caf\xe9")) {
				got = append(got, string(text))
			}
			if !slices.Equal(got, []string{c.reads}) {
				t.Errorf("read as %q, want %q", got, c.reads)
			}
		})
	}
}

// What nobody says can be any of those that browsers guess; ASCII is the same in all.
func TestWithoutALabelThereAreSeveralReadings(t *testing.T) {
	var unknown Charset
	var got []string
	for text := range unknown.Readings([]byte("//caf\xe9.test")) {
		got = append(got, string(text))
	}
	if len(got) != 1+len(guesses) || got[0] != "//caf\xe9.test" || got[1] != "//café.test" {
		t.Errorf("read as %q", got)
	}
	n := 0
	for text := range unknown.Readings([]byte("//cafe.test")) {
		if n++; string(text) != "//cafe.test" {
			t.Errorf("read as %q", text)
		}
	}
	if n != 1 || !unknown.Tentative() {
		t.Errorf("%d readings of ASCII", n)
	}
}

func TestTheFirstBytesNameTheEncoding(t *testing.T) {
	for first, want := range map[string]struct {
		bom  string
		n    int
		bare string
	}{
		"\xEF\xBB\xBF<p>":      {UTF8, 3, ""},
		"\xFF\xFE<\x00":        {UTF16LE, 2, ""},
		"\xFE\xFF\x00<":        {UTF16BE, 2, ""},
		"<\x00?\x00x\x00m\x00": {"", 0, UTF16LE},
		"\x00<\x00?\x00x\x00m": {"", 0, UTF16BE},
		"<\x00?\x00X\x00":      {},
		"\xEF\xBB":             {},
		"<?xml":                {},
		"":                     {},
	} {
		if name, n := SniffBOM([]byte(first)); name != want.bom || n != want.n {
			t.Errorf("%q: mark of %q, %d bytes", first, name, n)
		}
		if name := SniffXML([]byte(first)); name != want.bare {
			t.Errorf("%q: %q without a mark", first, name)
		}
	}
}

func TestLabelsHaveNames(t *testing.T) {
	for label, want := range map[string]string{
		"": "", "utf8": UTF8, "UTF-8": UTF8, " Utf-8 ": UTF8, "unicode": UTF16LE, "utf-16be": UTF16BE, "csISO2022JP": ISO2022JP,
		"iso-2022-kr": Replacement, "latin1": "windows-1252", "no such": "",
	} {
		got := Name(label)
		if got != want {
			t.Errorf("%q: %q, want %q", label, got, want)
		}
		if needs := got == UTF16LE || got == UTF16BE || got == ISO2022JP; NeedsTranscoding(got) != needs {
			t.Errorf("%q: transcoded %v", got, !needs)
		}
	}
}

// Whatever is between, what comes out is what went in, however it was cut.
func TestATranscoderGivesBackWhatItTook(t *testing.T) {
	for _, c := range []struct {
		name, text, decoded string
		within              bool
	}{
		{UTF16LE, "<\x00p\x00>\x00\xac\x20", "<p>€", false},
		{UTF16BE, "\x00<\x00p\x00>\x20\xac", "<p>€", false},
		{UTF16LE, "a\x00\x00\xd8b\x00c", "a\xed\xa0\x80b\xffc", true},
		{ISO2022JP, "<p>\x1b$B$\"\x1b(B", "<p>あ", false},
	} {
		for size := 1; size <= len(c.text); size++ {
			var decoded, out bytes.Buffer
			tr := NewTranscoder(c.name, &decoded, &out)
			for part := range slices.Chunk([]byte(c.text), size) {
				if _, err := tr.In.Write(part); err != nil {
					t.Fatal(err)
				}
			}
			if err := tr.In.Close(); err != nil {
				t.Fatal(err)
			}
			if decoded.String() != c.decoded || tr.EndsWithin() != c.within {
				t.Errorf("%s: read as %q, ends within %v", c.name, decoded.String(), tr.EndsWithin())
			}
			if _, err := tr.Out.Write(decoded.Bytes()); err != nil {
				t.Fatal(err)
			}
			if err := tr.Out.Close(); err != nil {
				t.Fatal(err)
			}
			if out.String() != c.text {
				t.Errorf("%s, in pieces of %d: got %q, want %q", c.name, size, out.String(), c.text)
			}
		}
	}
}

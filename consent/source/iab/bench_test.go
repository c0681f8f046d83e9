package iab

import (
	"strings"
	"testing"
)

// sinks keep results from being optimised away.
var (
	sinkTCF TCF
	sinkGPP GPP
	sinkUSP USP
)

var benchmarks = []struct {
	name, text string
	run        func(s string) error
}{
	{"TCF/short", realTCF, parseTCF},
	// The length of a string with about 900 vendors bit by bit.
	{"TCF/1KiB", realTCF[:44] + strings.Repeat("f7Xr", 256), parseTCF},
	{"TCF/4KiB", realTCF[:44] + strings.Repeat("f7Xr", 1024), parseTCF},
	{"TCF/longest", realTCF[:44] + strings.Repeat("f7Xr", MaxLength/4-11), parseTCF},
	{"TCF/garbage", strings.Repeat("%7B", 1000), parseTCF},
	{"GPP/national", "DBABLA~BVQqAAAACgA.QA", parseGPP},
	{"GPP/seven", "DBAGJrGYww~BolllVQ.QA~BIWaRKCg.YA~BAJKqYqJkA.QA~BEgClUYA.QA~BQqEgViA.QA~DZmB.GaA", parseGPP},
	{"GPP/longest", pack("000011 000001 000000000001 1 11 "+strings.Repeat("0", 19)+"11") + strings.Repeat("~", MaxLength-8), parseGPP},
	{"USP", "1YNN", parseUSP},
}

func parseTCF(s string) (err error) {
	sinkTCF, err = ParseTCF(s)
	return err
}

func parseGPP(s string) (err error) {
	sinkGPP, err = ParseGPP(s)
	return err
}

func parseUSP(s string) (err error) {
	sinkUSP, err = ParseUSP(s)
	return err
}

func BenchmarkParse(b *testing.B) {
	for _, bm := range benchmarks {
		b.Run(bm.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(bm.text)))
			for b.Loop() {
				_ = bm.run(bm.text)
			}
		})
	}
}

func TestParsingAllocatesNothing(t *testing.T) {
	for _, bm := range benchmarks {
		if n := testing.AllocsPerRun(10, func() { _ = bm.run(bm.text) }); n != 0 {
			t.Errorf("%s: %v allocations", bm.name, n)
		}
	}
}

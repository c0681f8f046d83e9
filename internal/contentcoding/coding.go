package contentcoding

import (
	"io"
	"slices"
	"strings"
	"sync"
)

// codings are the content codings that can be undone and redone, by their names in Content-Encoding.
var codings = map[string]coding{
	"gzip":    {readGzip, &gzipEncoders},
	"deflate": {readDeflate, &deflateEncoders},
	"br":      {readBrotli, &brotliEncoders},
	"zstd":    {readZstd, &zstdEncoders},
}

type coding struct {
	// read reads the beginning of a coded body. What it gives goes back with ReleaseReader.
	read     func(io.Reader) (io.Reader, error)
	encoders *sync.Pool // of compressor
}

// Known tells whether a name, in lower case, is that of a coding that can be undone and redone.
func Known(name string) bool {
	_, ok := codings[name]
	return ok
}

// maxCodings bounds a chain like "gzip, br". Nobody sends two in earnest.
const maxCodings = 3

// undecodable are the codings that some client can decode and this package
// cannot: those of the IANA registry and of RFC 9842.
var undecodable = []string{"compress", "x-compress", "aes128gcm", "exi", "pack200-gzip", "dcb", "dcz"}

// Parse lists the codings in the lines of a Content-Encoding, in the order in which they were
// applied; identity is none. ok is false if one of them cannot be decoded here, or there are too many.
// A word that is no coding at all is skipped: browsers read such a body as it
// is, and without that word in the header, which the caller takes out, all do.
func Parse(lines []string) (names []string, ok bool) {
	for _, line := range lines {
		for name := range strings.SplitSeq(line, ",") {
			name = strings.ToLower(strings.TrimSpace(name))
			if name == "" || name == "identity" || name == "none" {
				continue
			}
			if slices.Contains(undecodable, name) {
				return nil, false
			}
			name = strings.TrimPrefix(name, "x-") // x-gzip is gzip: RFC 9110 section 8.4.1.3
			if Known(name) {
				names = append(names, name)
			}
		}
	}
	return names, len(names) <= maxCodings
}

// Accept narrows an Accept-Encoding (RFC 9110 section 12.5.3), whose lines were joined, to what can be decoded
// here, so that a backend does not choose a coding that would have to be refused.
// It keeps the order and the weights. Where nothing is left, it is "identity"; an empty one stays so.
func Accept(header string) string {
	if header == "" {
		return ""
	}
	kept := make([]string, 0, 8)
	dropped := false
	for item := range strings.SplitSeq(header, ",") {
		name, _, _ := strings.Cut(item, ";")
		name = strings.ToLower(strings.TrimSpace(name))
		if Known(name) || name == "identity" {
			kept = append(kept, strings.TrimSpace(item))
		} else {
			dropped = true
		}
	}
	switch {
	case !dropped:
		return header
	case len(kept) == 0:
		return "identity"
	}
	return strings.Join(kept, ", ")
}

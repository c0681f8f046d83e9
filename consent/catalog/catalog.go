package catalog

import (
	"bytes"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
	"sync"

	"github.com/caddy-consent/caddy-consent/consent"
)

//go:embed *.json
var files embed.FS

// Vendors returns the built-in vendors, by category and id. The result is
// shared and must not be changed. It is read once, and may be called
// concurrently.
func Vendors() []consent.Vendor { return load() }

var load = sync.OnceValue(func() []consent.Vendor {
	entries, err := files.ReadDir(".")
	if err != nil {
		panic(err)
	}
	var all []consent.Vendor
	for _, entry := range entries {
		data, err := files.ReadFile(entry.Name())
		if err != nil {
			panic(err)
		}
		vendors, err := Parse(entry.Name(), data, strings.TrimSuffix(entry.Name(), path.Ext(entry.Name())))
		if err != nil {
			panic(err) // a test reads every file, so no release can get here
		}
		all = append(all, vendors...)
	}
	return all
})

// An Error is a mistake in a catalog file.
type Error struct {
	File string
	Line int
	Err  error
}

func (e *Error) Error() string { return fmt.Sprintf("%s:%d: %v", e.File, e.Line, e.Err) }
func (e *Error) Unwrap() error { return e.Err }

// Parse reads a catalog file: a JSON array of vendors. A vendor that names no
// categories gets the given one. Unknown fields are refused. The error is an
// *Error; what a pattern may look like is checked by [consent.Compile].
func Parse(file string, data []byte, category string) ([]consent.Vendor, error) {
	fail := func(offset int64, err error) error {
		return &Error{file, 1 + bytes.Count(data[:min(offset, int64(len(data)))], []byte{'\n'}), err}
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	if open, err := dec.Token(); err != nil || open != json.Delim('[') {
		return nil, fail(dec.InputOffset(), errors.New("want an array of vendors: [ {…}, {…} ]"))
	}
	var vendors []consent.Vendor
	for dec.More() {
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return nil, fail(faultOffset(data, dec.InputOffset()), err)
		}
		start := dec.InputOffset() - int64(len(raw))
		var v consent.Vendor
		block := json.NewDecoder(bytes.NewReader(raw))
		block.DisallowUnknownFields()
		if err := block.Decode(&v); err != nil {
			return nil, fail(start+faultInBlock(raw, err), err)
		}
		if v.ID == "" {
			return nil, fail(start, errors.New("vendor without an id"))
		}
		if len(v.Categories) == 0 {
			v.Categories = []string{category}
		}
		vendors = append(vendors, v)
	}
	if _, err := dec.Token(); err != nil {
		return nil, fail(faultOffset(data, dec.InputOffset()), err)
	}
	if _, err := dec.Token(); err != io.EOF {
		return nil, fail(dec.InputOffset(), errors.New("text after the array"))
	}
	return vendors, nil
}

// faultOffset is where a syntax error stands. A Decoder's own errors count
// only what its Decode has read, and not the tokens and the white space
// between, so the whole is read again.
func faultOffset(data []byte, otherwise int64) int64 {
	err := json.Unmarshal(data, new(json.RawMessage))
	if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) {
		return syntax.Offset - 1
	}
	return otherwise
}

// faultInBlock is where in a vendor's block its mistake stands. The decoder
// does not say so for unknown fields: their name does.
func faultInBlock(raw []byte, err error) int64 {
	// Cookies read themselves, so their offsets start anew at each.
	var parts struct{ Cookies []json.RawMessage }
	if at := bytes.Index(raw, []byte(`"cookies"`)); at >= 0 && json.Unmarshal(raw, &parts) == nil {
		for _, part := range parts.Cookies {
			at += bytes.Index(raw[at:], part)
			if err := json.Unmarshal(part, new(consent.Cookie)); err != nil {
				return int64(at) + faultInBlock(part, err)
			}
			at += len(part)
		}
	}
	if wrong := (*json.UnmarshalTypeError)(nil); errors.As(err, &wrong) {
		return wrong.Offset
	}
	if _, field, ok := strings.Cut(err.Error(), "unknown field "); ok {
		if i := bytes.Index(raw, []byte(field)); i >= 0 {
			return int64(i)
		}
	}
	return 0
}

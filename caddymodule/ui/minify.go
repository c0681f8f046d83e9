package ui

import (
	"bytes"
	"slices"
	"sync"

	"github.com/tdewolff/minify/v2"
	"github.com/tdewolff/minify/v2/js"
)

// small are scripts that were made smaller, by name.
var small sync.Map

// Small returns a script, as a block, without what only people need: comments, white space
// and the names of what it declares. It is made once.
func Small(name string) []byte {
	if done, ok := small.Load(name); ok {
		return done.([]byte)
	}
	block := slices.Concat([]byte("{"), files(name), []byte("}"))
	done, _ := small.LoadOrStore(name, smaller(name, block))
	return done.([]byte)
}

// smaller does that with any script.
func smaller(name string, script []byte) []byte {
	var out bytes.Buffer
	if err := js.Minify(minify.New(), &out, bytes.NewReader(script), nil); err != nil {
		panic(name + ": " + err.Error()) // it is embedded, and tests make it smaller
	}
	return out.Bytes()
}

package ui

import (
	"bytes"
	"slices"
	"sync"

	"github.com/tdewolff/minify/v2"
	"github.com/tdewolff/minify/v2/js"
)

// small are scripts that were made smaller, by what they were made of.
var small sync.Map

// Small returns a script, as a block, without what only people need: comments, white space
// and the names of what it declares. It is made once.
func Small(name string) []byte {
	return smaller(name, "{", "}")
}

// smaller does that with a script between two pieces of code.
func smaller(name, before, behind string) []byte {
	key := [...]string{name, before, behind}
	if done, ok := small.Load(key); ok {
		return done.([]byte)
	}
	script := slices.Concat([]byte(before), whole(name), []byte(behind))
	var out bytes.Buffer
	if err := js.Minify(minify.New(), &out, bytes.NewReader(script), nil); err != nil {
		panic(name + ": " + err.Error()) // it is embedded, and tests make it smaller
	}
	done, _ := small.LoadOrStore(key, out.Bytes())
	return done.([]byte)
}

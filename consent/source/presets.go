package source

import (
	_ "embed"
	"maps"
	"slices"
	"sync"
)

// presetsText holds the presets: a source each, with its name in place of the
// word "source".
//
//go:embed presets.txt
var presetsText string

var (
	presetsOnce   sync.Once
	presetsByName map[string]*Config
)

// presets are those of presetsText, by name.
func presets() map[string]*Config {
	presetsOnce.Do(func() {
		statements, err := statementsOf(presetsText)
		if err != nil {
			panic("presets.txt: " + err.Error())
		}
		presetsByName = make(map[string]*Config, len(statements))
		for _, s := range statements {
			name := s.words[0]
			s.words = s.words[1:]
			c, err := s.config()
			if err != nil {
				panic("presets.txt: " + name + ": " + err.Error())
			}
			presetsByName[name] = &c
		}
	})
	return presetsByName
}

// IsPreset tells whether there is a preset of this name.
func IsPreset(name string) bool { return presets()[name] != nil }

// Presets are the names of all presets, sorted.
func Presets() []string { return slices.Sorted(maps.Keys(presets())) }

// bridged are the consent managers that keep the answer where only a script in the
// page can read it, and where that is.
var bridged = map[string]string{
	"usercentrics": "in the browser's local storage",
	"termly":       "in the browser's local storage",
	"transcend":    "in the browser's local storage",
	"osano":        "in a cookie that only Osano can decrypt",
	"sourcepoint":  "on Sourcepoint's servers, under the number that its cookie holds",
}

// NeedsBridge tells whether a consent manager of this name keeps its answer where
// no server can read it. transcend may write a cookie, too: it is also a preset.
func NeedsBridge(name string) bool { return bridged[name] != "" && !IsPreset(name) }

// Bridged are the names of the consent managers that the bridge knows, sorted.
func Bridged() []string { return slices.Sorted(maps.Keys(bridged)) }

// KeptWhere tells, for people, where such a consent manager keeps its answer.
func KeptWhere(name string) string { return bridged[name] }

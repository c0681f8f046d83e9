package ui

import (
	"embed"
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/text/language"
)

//go:embed texts/*.json
var textFiles embed.FS

// Texts are what visitors read, by key, in one language.
type Texts map[string]string

// Languages are texts in several languages. They are not changed once they are made,
// and may be used concurrently.
type Languages struct {
	texts   map[string]Texts // by language tag
	tags    []string         // English first
	matcher language.Matcher
}

// fallback is the language of visitors of whose languages there is none.
const fallback = "en"

// builtIn are the texts that ship with the module.
var builtIn = func() map[string]Texts {
	entries, err := textFiles.ReadDir("texts")
	if err != nil {
		panic(err) // it is embedded
	}
	all := make(map[string]Texts)
	for _, entry := range entries {
		data, err := textFiles.ReadFile("texts/" + entry.Name())
		if err != nil {
			panic(err)
		}
		var texts Texts
		if err := json.Unmarshal(data, &texts); err != nil {
			panic(fmt.Sprintf("%s: %v", entry.Name(), err))
		}
		all[strings.TrimSuffix(entry.Name(), path.Ext(entry.Name()))] = texts
	}
	return all
}()

// NewLanguages makes the shipped texts with what the policy calls its categories, in
// all languages, and with changes of the operator's, by language. A language that does not
// ship begins as the one it is a variety of, or else as English. The keys of changes are
// those that Tag returns; those of texts are not checked.
func NewLanguages(titles Texts, changes map[string]Texts) *Languages {
	l := &Languages{texts: make(map[string]Texts, len(builtIn)+len(changes))}
	for tag := range builtIn {
		l.add(tag, titles, changes)
	}
	for tag := range changes {
		l.add(tag, titles, changes)
	}
	l.tags = slices.Sorted(maps.Keys(l.texts))
	i := slices.Index(l.tags, fallback)
	l.tags = append([]string{fallback}, slices.Delete(l.tags, i, i+1)...)
	supported := make([]language.Tag, len(l.tags))
	for i, tag := range l.tags {
		supported[i] = language.Make(tag)
	}
	l.matcher = language.NewMatcher(supported)
	return l
}

// add makes the texts of a language, after those it begins as.
func (l *Languages) add(tag string, titles Texts, changes map[string]Texts) Texts {
	if texts, ok := l.texts[tag]; ok {
		return texts
	}
	texts := maps.Clone(builtIn[tag])
	if texts != nil {
		maps.Copy(texts, titles)
	} else {
		begin := fallback
		for t := language.Make(tag).Parent(); t != language.Und; t = t.Parent() {
			if name := t.String(); builtIn[name] != nil || changes[name] != nil {
				begin = name
				break
			}
		}
		texts = maps.Clone(l.add(begin, titles, changes))
	}
	maps.Copy(texts, changes[tag])
	l.texts[tag] = texts
	return texts
}

// Keys are the names of all texts, sorted.
func Keys() []string { return slices.Sorted(maps.Keys(builtIn[fallback])) }

// Tags are the languages that ship, sorted.
func Tags() []string { return slices.Sorted(maps.Keys(builtIn)) }

// Tag is how a language is written in full (BCP 47 section 2.1.1: pt-BR for pt-br); ok is
// false if text names none.
func Tag(text string) (tag string, ok bool) {
	t, err := language.Parse(text)
	return t.String(), err == nil
}

// Placeholders are the words in braces of a text, as in "Vendors: {count}", with their
// braces, in order.
func Placeholders(text string) []string { return gap.FindAllString(text, -1) }

var gap = regexp.MustCompile(`\{[\w.-]+\}`)

// PlaceholdersOf are those that a text of a key must have. None is known for others.
func PlaceholdersOf(key string) []string { return Placeholders(builtIn[fallback][key]) }

// Choose returns the texts that suit best: a page's own language first, if it says
// one, then what the visitor's browser accepts (RFC 9110 section 12.5.4). dir is
// how they are written, "ltr" or "rtl".
func (l *Languages) Choose(page, accept string) (texts Texts, lang, dir string) {
	wanted := []string{accept}
	if page != "" {
		wanted = []string{page, accept}
	}
	_, i := language.MatchStrings(l.matcher, wanted...)
	lang, dir = l.tags[i], "ltr"
	if script, _ := language.Make(lang).Script(); slices.Contains(rightToLeft, script.String()) {
		dir = "rtl"
	}
	return l.texts[lang], lang, dir
}

// rightToLeft are the scripts in use that are written so (ISO 15924).
var rightToLeft = []string{"Adlm", "Arab", "Hebr", "Nkoo", "Rohg", "Syrc", "Thaa"}

// With is a text with its {name} replaced.
func (t Texts) With(key, name, value string) string {
	return strings.ReplaceAll(t[key], "{"+name+"}", value)
}

// Count is how many vendors there are.
func (t Texts) Count(n int) string { return t.With("vendors", "count", strconv.Itoa(n)) }

// CountOthers is how many there are beside those that a site names.
func (t Texts) CountOthers(n int) string { return t.With("policy_others", "count", strconv.Itoa(n)) }

package caddymodule

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/caddy-consent/caddy-consent/caddymodule/ui"
	"github.com/caddy-consent/caddy-consent/consent"
	"github.com/caddy-consent/caddy-consent/internal/nearest"
)

// Visitors read the shipped texts, unless the operator gives others: in a file of texts,
// or one by one, which go before. What the policy calls its categories stands between both,
// for all languages.

const (
	subjectText  = "banner text"
	subjectTexts = "banner texts" // of a file
)

func titleKey(category string) string       { return "category." + category + ".title" }
func descriptionKey(category string) string { return "category." + category + ".description" }

// givenText is one text of the operator's.
type givenText struct {
	lang, key, text string
	// at is where these three stand in a file: "texts.json:3:7: ". It is empty for texts
	// of the configuration itself.
	at [3]string
}

// setTexts checks the operator's texts, and makes the languages. A mistake is a
// *consent.Error.
func (h *Handler) setTexts(policy *consent.Policy) error {
	var given []givenText
	if h.Banner.Texts != "" {
		var err error
		if given, err = readTexts(h.Banner.Texts); err != nil {
			return err
		}
	}
	spelled := map[string]string{}
	for _, lang := range slices.Sorted(maps.Keys(h.Banner.Text)) {
		g := givenText{lang: lang}
		if err := g.checkLang(); err != nil {
			return err
		}
		tag, _ := ui.Tag(lang)
		if other := spelled[tag]; other != "" {
			return g.mistake(0, fmt.Sprintf("%q is the same language as", other), lang, "")
		}
		spelled[tag] = lang
		for _, key := range slices.Sorted(maps.Keys(h.Banner.Text[lang])) {
			given = append(given, givenText{lang: lang, key: key, text: h.Banner.Text[lang][key]})
		}
	}
	categories := policy.Categories()
	changes := map[string]ui.Texts{}
	for i := range given {
		g := &given[i]
		if err := g.check(categories); err != nil {
			return err
		}
		lang, _ := ui.Tag(g.lang)
		if changes[lang] == nil {
			changes[lang] = ui.Texts{}
		}
		changes[lang][g.key] = g.text
	}
	titles := ui.Texts{}
	for _, c := range h.Categories {
		if c.Title != "" {
			titles[titleKey(c.Name)] = c.Title
		}
		if c.Description != "" {
			titles[descriptionKey(c.Name)] = c.Description
		}
	}
	h.languages = ui.NewLanguages(titles, changes)
	return nil
}

// checkLang returns a *consent.Error unless the language is one.
func (g *givenText) checkLang() error {
	if _, ok := ui.Tag(g.lang); !ok {
		return g.mistake(0, "want a language like en or pt-BR, not", g.lang, nearest.Word(g.lang, ui.Tags()))
	}
	return nil
}

// check returns a *consent.Error for what else is wrong with a text.
func (g *givenText) check(categories []consent.CategoryInfo) error {
	if err := g.checkKey(categories); err != nil {
		return err
	}
	if strings.TrimSpace(g.text) == "" {
		return g.mistake(2, "the text is empty", g.text, "")
	}
	if strings.HasPrefix(g.key, "category.") {
		return nil // it is shown as it is
	}
	known := ui.PlaceholdersOf(g.key)
	there := ui.Placeholders(g.text)
	for _, name := range there {
		if !slices.Contains(known, name) {
			problem := "nothing takes the place of " + name
			if nearest := nearest.Word(name, known); nearest != "" {
				problem += " (did you mean " + nearest + "?)"
			}
			return g.mistake(2, problem+" in", g.text, "")
		}
	}
	for _, name := range known {
		if !slices.Contains(there, name) {
			return g.mistake(2, name+" is missing in", g.text, "")
		}
	}
	return nil
}

// checkKey checks the name of a text: one of those that ship, or of what a category of the
// policy is called.
func (g *givenText) checkKey(categories []consent.CategoryInfo) error {
	names := make([]string, len(categories))
	keys := slices.DeleteFunc(ui.Keys(), func(key string) bool { return strings.HasPrefix(key, "category.") })
	for i := range categories {
		names[i] = categories[i].Name
		keys = append(keys, titleKey(names[i]), descriptionKey(names[i]))
	}
	if slices.Contains(keys, g.key) {
		return nil
	}
	problem := "unknown text"
	if rest, ok := strings.CutPrefix(g.key, "category."); ok {
		if name, _, _ := strings.Cut(rest, "."); !slices.Contains(names, name) {
			problem = fmt.Sprintf("the policy has no category %q (it has %s) of the text", name, strings.Join(names, ", "))
		}
	}
	return g.mistake(1, problem, g.key, nearest.Word(g.key, keys))
}

// mistake is about one of the three parts of a text.
func (g *givenText) mistake(part int, problem, word, nearest string) *consent.Error {
	e := &consent.Error{Subject: subjectText, Problem: problem, Word: word, Nearest: nearest}
	text := g.lang + " " + g.key
	switch inFile := g.at[part] != ""; {
	case inFile && part == 2:
		e.Subject, e.Problem = subjectTexts, g.at[part]+text+": "+problem
	case inFile:
		e.Subject, e.Problem = subjectTexts, g.at[part]+problem
	case part == 2:
		e.Subject = subjectText + " " + text
	}
	return e
}

// readTexts reads a file of texts: a JSON object of languages, each with the texts that
// differ from those that ship.
func readTexts(file string) ([]givenText, error) {
	data, err := os.ReadFile(filepath.Clean(file))
	if err != nil {
		return nil, &consent.Error{Subject: subjectTexts, Word: file, Problem: "cannot read"}
	}
	r := &textsReader{file: file, data: bytes.TrimPrefix(data, []byte("\uFEFF"))}
	var anything any
	if err := json.Unmarshal(r.data, &anything); err != nil {
		at := int64(len(r.data))
		if syntax := (*json.SyntaxError)(nil); errors.As(err, &syntax) && syntax.Offset > 0 {
			at = syntax.Offset - 1 // it is that behind the byte
		}
		return nil, r.mistake(at, err.Error())
	}
	r.Decoder = json.NewDecoder(bytes.NewReader(r.data))
	return r.read()
}

// textsReader reads JSON of which it is known that it is well-formed.
type textsReader struct {
	*json.Decoder
	file string
	data []byte
}

// read reads the whole file. What is given twice would count once, and is a mistake.
func (r *textsReader) read() ([]givenText, error) {
	var all []givenText
	seen := map[string]int64{}
	err := r.object("want an object of languages, like {\"de\": {\"accept\": \"Einverstanden\"}}", func(lang string, langAt int64) error {
		if err := (&givenText{lang: lang, at: [3]string{r.position(langAt)}}).checkLang(); err != nil {
			return err
		}
		tag, _ := ui.Tag(lang)
		if err := r.once(seen, tag, langAt); err != nil {
			return err
		}
		return r.object(lang+": want an object of texts, like {\"accept\": \"Einverstanden\"}", func(key string, keyAt int64) error {
			if err := r.once(seen, tag+" "+key, keyAt); err != nil {
				return err
			}
			at := r.next()
			token, err := r.Token()
			text, ok := token.(string)
			if err != nil || !ok {
				return r.mistake(at, lang+" "+key+": want a text in quotes")
			}
			all = append(all, givenText{lang: lang, key: key, text: text, at: [3]string{r.position(langAt), r.position(keyAt), r.position(at)}})
			return nil
		})
	})
	return all, err
}

// object reads an object; value reads what belongs to each of its keys.
func (r *textsReader) object(want string, value func(key string, at int64) error) error {
	at := r.next()
	if token, err := r.Token(); err != nil || token != json.Delim('{') {
		return r.mistake(at, want)
	}
	for r.More() {
		at := r.next()
		token, err := r.Token()
		key, ok := token.(string)
		if err != nil || !ok {
			return r.mistake(at, want)
		}
		if err := value(key, at); err != nil {
			return err
		}
	}
	_, err := r.Token()
	return err
}

// once notes where something is given.
func (r *textsReader) once(seen map[string]int64, what string, at int64) error {
	if before, twice := seen[what]; twice {
		return r.mistake(at, what+" is already given at "+strings.TrimSuffix(r.position(before), ": "))
	}
	seen[what] = at
	return nil
}

// next is where the next token begins.
func (r *textsReader) next() int64 {
	at := r.InputOffset()
	for at < int64(len(r.data)) && strings.IndexByte(" \t\r\n,:", r.data[at]) >= 0 {
		at++
	}
	return at
}

// position is a place in the file, for messages: line and column, in characters from 1.
func (r *textsReader) position(at int64) string {
	before := r.data[:min(at, int64(len(r.data)))]
	line := 1 + bytes.Count(before, []byte("\n"))
	column := 1 + utf8.RuneCount(before[bytes.LastIndexByte(before, '\n')+1:])
	return fmt.Sprintf("%s:%d:%d: ", r.file, line, column)
}

func (r *textsReader) mistake(at int64, problem string) error {
	return &consent.Error{Subject: subjectTexts, Problem: r.position(at) + problem}
}

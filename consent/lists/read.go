package lists

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/caddy-consent/caddy-consent/consent"
	"github.com/caddy-consent/caddy-consent/consent/catalog"
	"github.com/caddy-consent/caddy-consent/internal/nearest"
)

// The formats, by the words that an operator writes.
const (
	Hosts      = "hosts"
	Adblock    = "adblock"
	Disconnect = "disconnect"
	DuckDuckGo = "duckduckgo"
	Cookies    = "cookies"
	Catalog    = "catalog"
)

// Formats lists the formats.
func Formats() []string {
	return []string{Hosts, Adblock, Disconnect, DuckDuckGo, Cookies, Catalog}
}

// The limits of what is read.
const (
	maxJSON  = 16 << 20  // bytes of a JSON or CSV file
	maxLine  = 16 << 10  // bytes of a line of the others
	maxRules = 1_000_000 // of one file
	// maxReasons is how many are told apart for which entries are left out.
	maxReasons = 50
)

// Options say what is read.
type Options struct {
	// File is what errors call it.
	File string
	// ID is the [consent.List]'s.
	ID string
	// Category is what all rules belong to; a catalog file may say otherwise.
	Category string
	// Format is one of Formats; when empty it is told from the content.
	Format string
	// Only names the list's own categories to take: those of Disconnect, and of the Open
	// Cookie Database. When empty, all; of cookies all but those that sites need.
	Only []string
}

// Result is what a file has.
type Result struct {
	Format  string
	List    consent.List     // of all formats but Catalog
	Vendors []consent.Vendor // of Catalog
	Skipped []Skipped        // by reason, the most frequent first
}

// Skipped are entries that were left out.
type Skipped struct {
	Reason string
	Count  int
	Lines  []int  // the first three
	First  string // the first one, shortened
}

func (s Skipped) String() string {
	lines := strings.Trim(strings.ReplaceAll(fmt.Sprint(s.Lines), " ", ", "), "[]")
	if s.Count > len(s.Lines) {
		lines += ", …"
	}
	word := "lines"
	if s.Count == 1 {
		word = "line"
	}
	return fmt.Sprintf("%d %s (%s %s, first %q)", s.Count, s.Reason, word, lines, s.First)
}

// An Error says why a file is refused, as one about a catalog file does.
type Error = catalog.Error

// Read reads a list. What is wrong with the file comes back as an *Error; an unknown format in
// the options, and an error of r, as an error of its own.
func Read(r io.Reader, o Options) (*Result, error) {
	if o.Format != "" && !slices.Contains(Formats(), o.Format) {
		problem := fmt.Sprintf("unknown format %q; there are: %s", o.Format, strings.Join(Formats(), ", "))
		if near := nearest.Word(o.Format, Formats()); near != "" {
			problem = fmt.Sprintf("unknown format %q, did you mean %q?", o.Format, near)
		}
		return nil, errors.New(problem)
	}
	in := bufio.NewReaderSize(r, 64<<10)
	start, err := in.Peek(32 << 10)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if bytes.HasPrefix(start, []byte("\uFEFF")) {
		if _, err := in.Discard(3); err != nil {
			return nil, err
		}
		start = start[3:]
	}
	l := &reader{Options: o, line: 1, counts: map[string]*Skipped{}, seen: map[string]bool{}, disabled: map[string]bool{}}
	l.out.List = consent.List{ID: o.ID, File: o.File, Category: o.Category}
	if l.Format == "" {
		l.Format = detect(start)
	}
	if err := l.read(in); err != nil {
		return nil, err
	}
	if err := l.allSeen(); err != nil {
		return nil, err
	}
	l.out.Format = l.Format
	for _, s := range l.counts {
		l.out.Skipped = append(l.out.Skipped, *s)
	}
	slices.SortFunc(l.out.Skipped, func(a, b Skipped) int {
		if a.Count != b.Count {
			return b.Count - a.Count
		}
		return strings.Compare(a.Reason, b.Reason)
	})
	return &l.out, nil
}

// detect tells the format from how a file begins.
func detect(start []byte) string {
	text := bytes.TrimSpace(start)
	switch {
	case len(text) == 0:
		return Hosts
	case text[0] == '{':
		return "" // which JSON it is, its keys tell
	case text[0] == '[' && !bytes.HasPrefix(bytes.ToLower(text), []byte("[adblock")) && !bytes.HasPrefix(bytes.ToLower(text), []byte("[ublock")):
		return Catalog
	case text[0] == '[':
		return Adblock
	}
	first, _, _ := bytes.Cut(text, []byte("\n"))
	if bytes.Contains(first, []byte(",")) && bytes.Contains(bytes.ToLower(first), []byte(cookieColumn)) {
		return Cookies
	}
	for line := range bytes.Lines(text) {
		line = bytes.TrimSpace(line)
		if bytes.HasPrefix(line, []byte("##")) && len(line) > 2 && line[2] != '#' && line[2] != ' ' {
			return Adblock
		}
		if len(line) == 0 || line[0] == '#' {
			continue
		}
		if words := bytes.Fields(line); len(words) > 1 && isAddress(string(words[0])) {
			return Hosts // whatever its comment has
		}
		if bytes.IndexByte([]byte("!|@/"), line[0]) >= 0 || bytes.ContainsAny(line, "^$") || bytes.Contains(line, []byte("##")) {
			return Adblock
		}
	}
	return Hosts
}

// reader reads one file.
type reader struct {
	Options
	out    Result
	line   int
	counts map[string]*Skipped
	seen   map[string]bool // the list's own categories
	// disabled has what rules with the option "badfilter" take back.
	disabled map[string]bool
}

func (l *reader) read(in *bufio.Reader) error {
	switch l.Format {
	case Hosts:
		return l.lines(in, l.hostsLine)
	case Adblock:
		err := l.lines(in, l.adblockLine)
		l.takeBack()
		return err
	}
	data, err := io.ReadAll(io.LimitReader(in, maxJSON+1))
	if err != nil {
		return err
	}
	if len(data) > maxJSON {
		return l.fail(1+bytes.Count(data, []byte("\n")), "file of more than %d MiB", maxJSON>>20)
	}
	if l.Format == "" {
		var keys map[string]json.RawMessage
		if err := json.Unmarshal(data, &keys); err != nil {
			return l.jsonMistake(data, err)
		}
		switch {
		case keys["trackers"] != nil:
			l.Format = DuckDuckGo
		case keys["categories"] != nil:
			l.Format = Disconnect
		default:
			return l.fail(1, `JSON of no known list: want "categories" (Disconnect), "trackers" (DuckDuckGo), or an array of vendors`)
		}
	}
	switch l.Format {
	case Disconnect:
		return l.disconnect(data)
	case DuckDuckGo:
		return l.duckDuckGo(data)
	case Cookies:
		return l.cookies(data)
	}
	l.out.Vendors, err = catalog.Parse(l.File, data, l.Category)
	return err
}

func (l *reader) fail(line int, format string, args ...any) error {
	return &Error{File: l.File, Line: line, Err: fmt.Errorf(format, args...)}
}

// otherReasons is for those above maxReasons.
const otherReasons = "others"

// skip counts an entry that is left out.
func (l *reader) skip(line int, reason, text string) {
	s := l.counts[reason]
	if s == nil && len(l.counts) >= maxReasons && reason != notUnderstood {
		reason = otherReasons
		s = l.counts[reason]
	}
	if s == nil {
		s = &Skipped{Reason: reason, First: shorten(text)}
		l.counts[reason] = s
	}
	s.Count++
	if len(s.Lines) < 3 {
		s.Lines = append(s.Lines, line)
	}
}

func shorten(text string) string {
	const most = 80
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}

// add takes a rule, unless there is something wrong with its pattern.
func (l *reader) add(rule *consent.ListURL, text string) error {
	if problem := consent.URLPatternProblem(rule.Pattern); problem != "" {
		l.skip(rule.Line, problem, text)
		return nil
	}
	if len(l.out.List.URLs)+len(l.out.List.Cookies) == maxRules {
		return l.fail(rule.Line, "more than %d rules", maxRules)
	}
	l.out.List.URLs = append(l.out.List.URLs, *rule)
	return nil
}

// takes tells whether the operator wants what the list files under category.
func (l *reader) takes(category string) bool {
	l.seen[category] = true
	return len(l.Only) == 0 || slices.Contains(l.Only, category)
}

// allSeen refuses categories that the list does not have.
func (l *reader) allSeen() error {
	if len(l.Only) > 0 && l.Format != Disconnect && l.Format != Cookies {
		return l.fail(1, `lists of format %s have no categories of their own, so there is nothing to take "only"`, l.Format)
	}
	for _, word := range l.Only {
		if l.seen[word] {
			continue
		}
		var known []string
		for name := range l.seen {
			known = append(known, name)
		}
		slices.Sort(known)
		if near := nearest.Word(word, known); near != "" {
			return l.fail(1, "the list has no category %q, did you mean %q?", word, near)
		}
		return l.fail(1, "the list has no category %q; it has: %s", word, strings.Join(known, ", "))
	}
	return nil
}

package source

import (
	"strconv"
	"strings"

	"github.com/caddy-consent/caddy-consent/consent/source/iab"
	"github.com/caddy-consent/caddy-consent/internal/cookieheader"
)

// document is a decoded value, parsed as its format says.
type document struct {
	source  *Source
	request *Request
	raw     string

	text  string // of value
	json  any    // of json
	pairs []pair // of pairs and cookies; of a list, keys without values
	few   [24]pair
	tcf   *iab.TCF
	usp   answer // of gpp and usp: whether sale was allowed
}

type pair struct{ key, value string }

// parse reads the decoded text. It reports whether that has the format.
func (d *document) parse(text string) bool {
	s := d.source
	switch s.format {
	case formatJSON:
		var ok bool
		d.json, ok = parseJSON(text)
		return ok && d.json != nil
	case formatValue:
		d.text = strings.TrimSpace(text)
		return d.text != ""
	case formatPairs:
		d.cut(text, true)
		return len(d.pairs) > 0
	case formatList:
		return d.parseList(text)
	case formatTCF:
		return d.parseTCF(text)
	case formatGPP:
		return d.parseGPP(text)
	case formatUSP:
		return d.parseUSP(text)
	}
	return false
}

// cut cuts text into pairs, or into entries.
func (d *document) cut(text string, keyed bool) {
	s := d.source
	d.pairs = d.few[:0]
	for text != "" {
		n := strings.IndexAny(text, s.between)
		if n < 0 {
			n = len(text)
		}
		entry := text[:n]
		text = text[min(n+1, len(text)):]
		var p pair
		if p.key = trimEntry(entry); keyed {
			at := strings.IndexAny(entry, s.within)
			if at < 0 {
				continue
			}
			p = pair{trimEntry(entry[:at]), trimEntry(entry[at+1:])}
		}
		if p.key != "" {
			d.pairs = append(d.pairs, p)
		}
	}
}

// trimEntry takes off what surrounds a word: white space, a plus that stands
// for a space, and quotes.
func trimEntry(s string) string { return strings.Trim(s, " \t\r\n+\"'") }

// parseList takes entries between separators, or a list in JSON.
func (d *document) parseList(text string) bool {
	text = strings.TrimSpace(text)
	if strings.HasPrefix(text, "[") {
		doc, ok := parseJSON(text)
		list, isList := doc.([]any)
		if ok && isList {
			d.pairs = d.few[:0]
			for _, item := range list {
				if word, ok := textOf(item); ok {
					d.pairs = append(d.pairs, pair{key: word})
				}
			}
		}
		return ok && isList
	}
	d.cut(text, false)
	return text != ""
}

func (d *document) parseTCF(text string) bool {
	tcf, err := iab.ParseTCF(strings.TrimSpace(text))
	d.tcf = &tcf
	return err == nil
}

// parseGPP takes what any section knows. Somebody who opted out in one has
// opted out.
func (d *document) parseGPP(text string) bool {
	gpp, err := iab.ParseGPP(strings.TrimSpace(text))
	if err != nil {
		return false
	}
	if gpp.TCF != "" {
		d.parseTCF(gpp.TCF)
	}
	unread := gpp.Unread.Len() > 0
	if gpp.USP != "" && !d.parseUSP(gpp.USP) {
		unread = true
	}
	switch {
	case gpp.OptedOut:
		d.usp = denied
	case unread && d.usp != denied:
		return false // it may say so in a section that is not understood
	case gpp.Applies && d.usp == silent:
		d.usp = granted
	}
	return true
}

func (d *document) parseUSP(text string) bool {
	usp, err := iab.ParseUSP(strings.TrimSpace(text))
	if err != nil {
		return false
	}
	switch usp.OptOutSale {
	case iab.Yes:
		d.usp = denied
	case iab.No:
		d.usp = granted
	}
	return true
}

// holdsAny tells whether one of several tests holds.
func (d *document) holdsAny(tests []selector) bool {
	for i := range tests {
		if d.holds(&tests[i]) {
			return true
		}
	}
	return false
}

// holdsAll tells whether all of several tests hold.
func (d *document) holdsAll(tests []selector) bool {
	for i := range tests {
		if !d.holds(&tests[i]) {
			return false
		}
	}
	return true
}

func (d *document) holds(s *selector) bool {
	switch {
	case s.raw:
		return strings.Contains(d.raw, s.text) != s.negated
	case s.cookie != "":
		return d.hasCookie(s) != s.negated
	}
	return (d.find(s) == granted) != s.negated
}

// hasCookie tells whether there is a cookie with one of the values, or with
// the text in it.
func (d *document) hasCookie(s *selector) bool {
	for _, line := range d.request.Cookies {
		for name, value := range cookieheader.Each(line) {
			if name == s.cookie && value != "" && (s.equals == nil || equalsAny(value, s.equals)) && strings.Contains(value, s.text) {
				return true
			}
		}
	}
	return false
}

// category is the answer of a category: all of a group must be granted, and any
// group suffices. A whole value may also be a word that grants everything.
func (d *document) category(groups [][]selector) answer {
	if d.source.format == formatValue && equalsAny(d.text, d.source.granted) {
		return granted
	}
	out := silent
	for _, group := range groups {
		switch d.group(group) {
		case granted:
			return granted
		case denied:
			out = denied
		}
	}
	return out
}

func (d *document) group(all []selector) answer {
	for i := range all {
		if s := &all[i]; s.absent() && d.find(s) != silent {
			return silent // the line is for when it is not there, whatever the others say
		}
	}
	out := granted
	for i := range all {
		s := &all[i]
		if s.absent() {
			continue
		}
		found := d.find(s)
		if s.negated {
			found = found.not()
		}
		if found == silent && !s.has {
			found = d.source.missing
		}
		switch found {
		case denied:
			return denied
		case silent:
			out = silent
		}
	}
	if out == silent {
		return d.source.missing
	}
	return out
}

// find is what a selector finds, before it is negated.
func (d *document) find(s *selector) answer {
	switch d.source.format {
	case formatJSON:
		return d.findJSON(s)
	case formatPairs, formatCookies:
		return d.findPair(s)
	case formatList:
		for i := range d.pairs {
			if d.pairs[i].key == s.key {
				return granted
			}
		}
		return denied
	case formatValue:
		return d.findValue(s)
	}
	switch {
	case s.number == 0:
		return d.usp
	case d.tcf == nil:
		return silent
	case s.special && d.tcf.SpecialFeature(s.number), !s.special && d.tcf.Purpose(s.number):
		return granted
	}
	return denied
}

func (d *document) findJSON(s *selector) answer {
	doc := at(d.json, s.path)
	switch {
	case s.has && !s.listed:
		if present(inner(doc)) {
			return granted
		}
		return silent
	case s.listed:
		found := d.source.lists(doc, s.member)
		if s.has && found == denied {
			return silent
		}
		return found
	}
	text, ok := textOf(doc)
	if !ok {
		return silent
	}
	return d.compare(s, text)
}

// findPair looks for a key. One that is there twice counts by the stricter.
func (d *document) findPair(s *selector) answer {
	out := silent
	for i := range d.pairs {
		if d.pairs[i].key != s.key {
			continue
		}
		found := granted
		if !s.has {
			found = d.compare(s, d.pairs[i].value)
		}
		if out == silent || found == denied {
			out = found
		}
	}
	return out
}

func (d *document) findValue(s *selector) answer {
	switch {
	case s.has:
		return granted
	case s.numeric:
		return d.compare(s, d.text)
	case d.text == s.key:
		return granted
	case len(d.source.denied) > 0 && !equalsAny(d.text, d.source.denied):
		return silent
	}
	return denied
}

// compare is what a plain value says to a selector.
func (d *document) compare(s *selector, text string) answer {
	switch {
	case s.numeric:
		n, err := strconv.Atoi(strings.TrimSpace(text))
		if err != nil {
			return silent
		}
		if n >= s.atLeast {
			return granted
		}
		return denied
	case s.equals != nil:
		if equalsAny(text, s.equals) {
			return granted
		}
		return denied
	}
	return d.source.word(text)
}

// word is what a word says.
func (s *Source) word(text string) answer {
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return silent
	case equalsAny(text, s.granted):
		return granted
	case len(s.denied) > 0 && !equalsAny(text, s.denied):
		return silent
	}
	return denied
}

// equalsAny compares in any case: languages write True, managers ALLOW.
func equalsAny(text string, words []string) bool {
	for _, word := range words {
		if strings.EqualFold(text, word) {
			return true
		}
	}
	return false
}

package lists

import (
	"bufio"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/caddy-consent/caddy-consent/consent"
	"github.com/caddy-consent/caddy-consent/consent/weburl"
)

// The first entries tell whether a file is a list at all.
const (
	probation = 1000
	// tooMany of them that are no entries of the format refuse the file.
	tooMany = probation / 2
)

// notUnderstood is the reason for entries that are nothing the format has.
const notUnderstood = "not understood"

// lines reads a file of lines, each by read, which gets no empty ones.
func (l *reader) lines(in *bufio.Reader, read func(line string) error) error {
	entries := 0
	for ; ; l.line++ {
		raw, err := in.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) || len(raw) > maxLine {
			return l.fail(l.line, "line of more than %d KiB", maxLine>>10)
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if !utf8.Valid(raw) || strings.ContainsRune(string(raw), 0) {
			return l.fail(l.line, "no text: bytes that are not UTF-8")
		}
		if line := strings.TrimSpace(string(raw)); line != "" {
			entries++
			if err := read(line); err != nil {
				return err
			}
		}
		s := l.counts[notUnderstood]
		if last := err != nil; s != nil && (entries == probation && s.Count > tooMany || last && entries <= probation && 2*s.Count > entries) {
			return l.fail(s.Lines[0], "no list of format %s: %d of the first %d lines are not understood, the first is %q",
				l.Format, s.Count, entries, s.First)
		}
		if err != nil {
			return nil
		}
	}
}

// exactly is the condition of entries of hosts files.
var exactly = &consent.Condition{Exact: true}

// hostsLine reads a line of a hosts file (hosts(5)): an address and names, or one name.
func (l *reader) hostsLine(line string) error {
	line, _, _ = strings.Cut(line, "#")
	words := strings.Fields(line)
	if len(words) == 0 {
		return nil
	}
	var only *consent.Condition
	if len(words) > 1 {
		if !isAddress(words[0]) {
			l.skip(l.line, notUnderstood, line)
			return nil
		}
		only, words = exactly, words[1:]
	}
	for _, word := range words {
		host := weburl.Host(word)
		switch {
		case isAddress(word) || isLocal(host):
			continue // what every hosts file has
		case host == "" || !strings.Contains(host, ".") || isPiece(strings.TrimSuffix(word, ".")):
			l.skip(l.line, notUnderstood, line)
			continue
		}
		if err := l.add(&consent.ListURL{Pattern: host, Line: l.line, Only: only}, line); err != nil {
			return err
		}
	}
	return nil
}

// isAddress tells whether a word is an address to which hosts files send hosts.
func isAddress(word string) bool {
	switch word {
	case "0.0.0.0", "127.0.0.1", "255.255.255.255", "::", "::1", "fe80::1%lo0", "ff00::0", "ff02::1", "ff02::2", "ff02::3":
		return true
	}
	return false
}

// isLocal tells whether a host is one that hosts files name for other reasons.
func isLocal(host string) bool {
	return host == "localhost" || host == "local" || host == "broadcasthost" || strings.HasPrefix(host, "ip6-") || host == "localhost.localdomain"
}

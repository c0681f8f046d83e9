package source

import (
	"errors"
	"strings"
)

// statement is one source in a text: its first words, those after the word
// "source", and the lines of its block.
type statement struct {
	line  int
	words []string
	block []statementLine
}

type statementLine struct {
	line  int
	words []string
}

// Parse reads one source in the grammar: with or without the word "source"
// before it. The error is an *Error with the line.
func Parse(text string) (Config, error) {
	var c Config
	statements, err := statementsOf(text)
	if err != nil {
		return c, err
	}
	if len(statements) != 1 {
		return c, &Error{Line: 1, Problem: "want exactly one source"}
	}
	s := statements[0]
	if s.words[0] == "source" {
		s.words = s.words[1:]
	}
	return s.config()
}

func (s *statement) config() (c Config, err error) {
	if err := c.Head(s.words); err != nil {
		return c, atLine(err, s.line)
	}
	for _, l := range s.block {
		if err := c.Line(l.words); err != nil {
			return c, atLine(err, l.line)
		}
	}
	return c, nil
}

func atLine(err error, line int) error {
	if e := (*Error)(nil); errors.As(err, &e) && e.Line == 0 {
		e.Line = line
	}
	return err
}

// statementsOf cuts a text into statements: a line each, with a block in
// braces if the line ends in one.
func statementsOf(text string) ([]statement, error) {
	var out []statement
	inBlock, n := false, 0
	for line := range strings.Lines(text) {
		n++
		words, err := wordsOf(line)
		if err != nil {
			return nil, atLine(err, n)
		}
		switch {
		case len(words) == 0:
		case inBlock && len(words) == 1 && words[0] == "}":
			inBlock = false
		case inBlock:
			s := &out[len(out)-1]
			s.block = append(s.block, statementLine{n, words})
		default:
			if words[len(words)-1] == "{" {
				inBlock, words = true, words[:len(words)-1]
			}
			if len(words) == 0 {
				return nil, &Error{Line: n, Problem: `a block must follow the words that it belongs to, on their line`}
			}
			out = append(out, statement{line: n, words: words})
		}
	}
	if inBlock {
		return nil, &Error{Line: n, Problem: `the block is not closed: "}" is missing`}
	}
	return out, nil
}

// wordsOf cuts a line at white space. Text in quotes is one word, in which a
// backslash keeps a quote. A line that begins with '#' is a comment; elsewhere
// that is a separator that some cookies have.
func wordsOf(line string) ([]string, error) {
	var words []string
	for {
		line = strings.TrimLeft(line, " \t\r\n")
		switch {
		case line == "", line[0] == '#' && len(words) == 0:
			return words, nil
		case line[0] == '"':
			var b strings.Builder
			i := 1
			for ; i < len(line) && line[i] != '"'; i++ {
				if line[i] == '\\' && i+1 < len(line) && (line[i+1] == '"' || line[i+1] == '\\') {
					i++
				}
				b.WriteByte(line[i])
			}
			if i == len(line) {
				return nil, &Error{Word: line, Problem: "a quote is not closed:"}
			}
			words = append(words, b.String())
			line = line[i+1:]
		default:
			n := strings.IndexAny(line, " \t\r\n")
			if n < 0 {
				n = len(line)
			}
			words = append(words, line[:n])
			line = line[n:]
		}
	}
}

package rewrite

import (
	"bytes"
	"slices"
)

// A noscript whose text ends inside a comment, a tag or a raw text element
// spills: with scripting it ends at its end tag, and what follows is markup;
// without, that comment, tag or element goes on behind it and hides what
// follows.
//
//	<noscript><!-- </noscript><img src="…"> -->
//
// Where what spills ends, both readings are in text again. Up to there the
// markup is one unit, and what becomes of it must suit both.

// maxSpill bounds what is kept behind the end tag of a noscript. One that
// spills further has its text left out (dual.go).
const maxSpill = 4096

// spill looks for the end of what a noscript's text leaves open. It is a tokenizer
// without effects, which goes on where it stopped when more input comes.
type spill struct {
	mode    mode // inText, inComment, inBogusComment, inRawText, inScriptText or inLongTag
	at      int
	comment commentState
	tag     tagState
	script  scriptState
	el      *element // whose start tag is being read; nil for other tags
	endTag  string
}

// scan reads on in b, in which the noscript's end tag stands at stop. It
// returns where the last thing that begins before stop ends: stop itself if
// nothing spills. found is false if more input is needed.
func (s *spill) scan(b []byte, stop int) (end int, found bool) {
	for s.at < len(b) {
		rest := b[s.at:]
		var n int
		done := true
		switch s.mode {
		case inText:
			if s.at >= stop {
				return s.at, true
			}
			open := bytes.IndexByte(b[s.at:stop], '<')
			if open < 0 {
				return stop, true
			}
			s.at += open
			s.open(b)
			continue
		case inComment:
			n, done = s.comment.scan(rest)
		case inBogusComment:
			if n = bytes.IndexByte(rest, '>') + 1; n == 0 {
				n, done = len(rest), false
			}
		case inLongTag:
			n, done = s.tag.scan(rest)
		case inRawText:
			n, done = rawEnd(rest, 0, s.endTag)
		case inScriptText:
			n, done = s.script.scan(rest, 0)
		default: // inPlaintext
			return stop, true
		}
		s.at += n
		if !done {
			return 0, false
		}
		s.next()
	}
	return s.at, s.mode == inText
}

// open reads what begins with the '<' at s.at. It can look ahead: the end tag of the noscript
// follows, which is longer than all that decides.
func (s *spill) open(b []byte) {
	s.mode, s.el = inText, nil
	switch c := b[s.at+1]; {
	case isAlpha(c):
		after := endOfName(b, s.at+1)
		s.mode, s.tag, s.el = inLongTag, inTagName, lookup(b[s.at+1:after])
		s.at = after
	case c == '/' && isAlpha(b[s.at+2]):
		s.mode, s.tag = inLongTag, inTagName
		s.at = endOfName(b, s.at+2)
	case c == '/' && b[s.at+2] == '>':
		s.at += len("</>")
	case c == '!' && matchAt(b, s.at, "<!--", false) == matchYes:
		s.mode, s.comment = inComment, commentStart
		s.at += len("<!--")
	case c == '!', c == '?', c == '/':
		s.mode = inBogusComment
		s.at += len("<!")
	default:
		s.at++
	}
}

// next goes on behind the end of what was being read.
func (s *spill) next() {
	el := s.el
	switch {
	case s.mode == inRawText, s.mode == inScriptText: // at the end tag
		s.at += len(s.endTag)
		s.mode, s.tag, s.el = inLongTag, inTagName, nil
	case s.mode == inLongTag && el != nil && el.text == textScript:
		s.mode, s.script, s.endTag = inScriptText, scriptPlain, el.endTag
	case s.mode == inLongTag && el != nil && el.text == textPlain:
		s.mode = inPlaintext
	case s.mode == inLongTag && el != nil && el.text != textData && el.text != textDual:
		s.mode, s.endTag = inRawText, el.endTag
	default:
		s.mode = inText
	}
}

// spillsOver returns where in buf[start:end], which is the text of an element and what
// spills behind it, the end tag of the element is: end, if nothing spills.
func (r *Rewriter) spillsOver(start, end int, endTag string) int {
	if endTag == endNoscript && !r.xml && !r.uncertain {
		if stop, found := rawEnd(r.buf[:end], start, endTag); found {
			return stop
		}
	}
	return end
}

// spilled reads what spills: a noscript's text buf[start:stop] and, with its
// end tag, what a browser without scripting takes for the rest of that text.
// It gives all of it to out and returns true if both readings still agree on
// where it ends.
func (r *Rewriter) spilled(start, stop, end int) (ok bool) {
	if r.spilledQuoted(start, stop, end) {
		return true
	}
	r.out.single = true
	defer func() { r.out.single = false }()
	return r.spilledQuoted(start, stop, end)
}

// spilledQuoted is spilled with the sort of quotes that r.out.single says around what is added: with
// others an attribute's value, in which all that spills stands in one reading, may end too soon.
func (r *Rewriter) spilledQuoted(start, stop, end int) bool {
	behind, last := r.readMarkup(r.buf[stop:end], inText)
	size := len(behind)
	text := slices.Concat(r.buf[start:stop], behind)
	r.dual = r.dual[:len(r.dual)-size]
	if last != inText {
		return false
	}
	behind = text[len(text)-size:]
	out, last := r.readMarkup(text, inText)
	ok := last == inText && bytes.HasSuffix(out, behind)
	if ok {
		_, ends := rawEnd(out[:len(out)-size], 0, endNoscript)
		reach, found := new(spill).scan(out, len(out)-size)
		ok = !ends && found && reach == len(out)
	}
	if ok {
		r.settle(start)
		r.skip(end)
		r.out.write(out)
	}
	r.dual = r.dual[:len(r.dual)-len(out)]
	return ok
}

package rewrite

import "bytes"

// commentState is how far the end of a comment has come (HTML section
// 13.2.5.43 to 13.2.5.52). The less-than-sign states of the standard only report
// errors: the dashes of a nested "<!--" count as dashes either way.
type commentState uint8

const (
	commentStart     commentState = iota // after "<!--"
	commentStartDash                     // after "<!---"
	commentText
	commentDash // after "-"
	commentEnd  // after "--"
	commentBang // after "--!"
)

// scan looks for the end of the comment. It returns the index after it and
// true, or len(b) and false with the state kept for the bytes that follow.
func (s *commentState) scan(b []byte) (int, bool) {
	for i := 0; i < len(b); i++ {
		c := b[i]
		switch *s {
		case commentText:
			j := bytes.IndexByte(b[i:], '-')
			if j < 0 {
				return len(b), false
			}
			i += j
			*s = commentDash
		case commentStart, commentStartDash:
			switch {
			case c == '>':
				return i + 1, true
			case c != '-':
				*s = commentText
			case *s == commentStart:
				*s = commentStartDash
			default:
				*s = commentEnd
			}
		case commentDash:
			if c == '-' {
				*s = commentEnd
			} else {
				*s = commentText
			}
		case commentEnd:
			switch c {
			case '>':
				return i + 1, true
			case '!':
				*s = commentBang
			case '-':
			default:
				*s = commentText
			}
		case commentBang:
			switch c {
			case '>':
				return i + 1, true
			case '-':
				*s = commentDash
			default:
				*s = commentText
			}
		}
	}
	return len(b), false
}

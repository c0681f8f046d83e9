package iab

// Answer is one character of a US Privacy string.
type Answer uint8

// The answers.
const (
	NotApplicable Answer = iota // "-": the law (CCPA) does not apply
	Yes                         // "Y"
	No                          // "N"
)

func (a Answer) String() string {
	switch a {
	case Yes:
		return "yes"
	case No:
		return "no"
	}
	return "not applicable"
}

// USP is a US Privacy string, which says whether a visitor has opted out of
// the sale of personal data under Californian law. The zero value is "1---",
// which says nothing. None of it grants anything.
type USP struct {
	Notice     Answer // explicit notice, and the opportunity to opt out, was given
	OptOutSale Answer // Yes: the visitor has opted out of sale
	LSPA       Answer // the publisher signed the Limited Service Provider Agreement
}

// ParseUSP reads a US Privacy string: four characters, the version 1 and then
// three of "Y", "N" and "-" (IAB Tech Lab, "US Privacy String", version 1.0,
// "US Privacy String Format"), or small letters, as readers in use take them: who
// opted out in one has opted out. It takes no other length.
// The error is ErrNotUSP or ErrUSPVersion.
func ParseUSP(s string) (USP, error) {
	if len(s) != 4 || s[0] < '0' || s[0] > '9' {
		return USP{}, ErrNotUSP
	}
	if s[0] != '1' {
		return USP{}, ErrUSPVersion
	}
	notice, ok1 := answer(s[1])
	optOut, ok2 := answer(s[2])
	lspa, ok3 := answer(s[3])
	if !ok1 || !ok2 || !ok3 {
		return USP{}, ErrNotUSP
	}
	return USP{Notice: notice, OptOutSale: optOut, LSPA: lspa}, nil
}

func answer(c byte) (a Answer, ok bool) {
	switch c {
	case '-':
		return NotApplicable, true
	case 'Y', 'y':
		return Yes, true
	case 'N', 'n':
		return No, true
	}
	return 0, false
}

package rewrite

import (
	"bytes"
	"errors"
	"io"
	"reflect"
)

// Limits bound what a Rewriter holds back, in bytes.
type Limits struct {
	Tag    int // a start tag; 0 means 1 MiB
	Inline int // an inline script, or other text that is judged whole; 0 means 1 MiB
}

const defaultLimit = 1 << 20

// The reasons why an element could not be judged; see Judge.Unjudged.
var (
	ErrTagTooLong    = errors.New("start tag or declaration longer than the limit")
	ErrInlineTooLong = errors.New("inline text longer than the limit")
	// ErrAmbiguous: browsers differ in what is markup and what is text here,
	// and the two readings do not end at the same place.
	ErrAmbiguous = errors.New("text that browsers read differently")
)

// errClosed is returned by Write after Close.
var errClosed = errors.New("rewrite: write after Close")

// mode is what the tokenizer is in the middle of.
type mode uint8

const (
	inText mode = iota
	inComment
	inBogusComment // up to '>': doctype, processing instruction, bogus comment
	inRawText      // up to Rewriter.endTag
	inScriptText   // script data that needs no verdict
	inPlaintext
	inLongTag // the rest of a tag past its limit
	inCDATA   // of XML
)

// unit is the sort of what waits in Rewriter.kept for more input, which decides how
// scanning goes on when that comes.
type unit uint8

const (
	unitNone  unit = iota
	unitShort      // a few bytes that the next ones decide: "<", "<!-", "</scr"
	unitTag        // a tag whose '>' has not come
	unitBody       // a start tag and text after it that is judged whole
	unitDecl       // a declaration of XML that is judged whole
)

// A Rewriter rewrites one document. Make one with New, or Reset one for the
// next document. It is not safe for concurrent use.
type Rewriter struct {
	out    output
	judge  Judge
	limits Limits
	err    error // of the sink, errClosed, or ErrTagTooLong of a declaration of XML; sticks

	cursor  // where in the input r is
	context context

	// xml says that the document is XML; entities are those that it declares.
	xml      bool
	entities map[string]string
	// bodies are the names of the elements around, the text of which was judged, though markup is within: each of
	// them ends where its name does.
	bodies []string

	// blocked is the verdict on the first thing that was blocked.
	blocked Verdict
	held    bool // something was held, not removed
	// expanded is how long the texts of entities are together; readings how many
	// readings of text as markup are under way.
	expanded, readings int
	// gaveUp says that text with two readings, or a declaration of XML, has once grown past its limit; gaveUpAs is
	// what was said to the text.
	gaveUp   bool
	gaveUpAs Action
	// nesting is how many documents this one is within; inner rewrites those
	// within it.
	nesting int
	inner   *Rewriter

	// leader and trailer are given out at the begin of a document and at its end;
	// see SetLeader and SetTrailer. whole tells that the input is a document, by what is in it;
	// noFragment that it is one in any case.
	leader  string
	trailer string
	// led is how long the leader was, once it is given out; clean that the rest passes.
	led               int
	clean             bool
	whole, noFragment bool
	// memo knows windows of the input: memo.go. touched says that something was asked of
	// which it cannot know; leftAt what had become of the window where text was left last.
	// again is the judge, notes those of its verdicts on the present window.
	memo     *Memo
	memoKey  uint64
	again    Remembering
	notes    []any
	declared [][]byte // the labels of encodings in the present window
	touched  bool
	leftAt   stand
	// marks are the vendors because of which the present tag is held.
	marks []string
	// values are those of the attributes that the present tag gets; label is the encoding that its
	// charset attribute names for what it fetches.
	values []byte
	label  string
	// importsOnly says of a style sheet that only what it imports is asked about.
	importsOnly bool
	// vendors are those of the whole document, for the one around it.
	vendors []string

	// Scratch space, reused from tag to tag.
	attrs      []attr
	edits      edits
	decoded    []byte
	list, left []byte // of judgeList and css: the value, what is left of it
	resource   Resource
	dual       []byte
	unescaped  []byte // of css
	styled     []byte // of judgeStyle
	// Of readMarkup: the context around it, and room for the output of one.
	savedScopes []scope
	savedNames  []openName
	spare       []byte
}

// cursor is all that belongs to a place in one stretch of input: what is being
// scanned, what the tokenizer is in the middle of, what waits and what is left
// out. A reading of text as markup (dual.go) gets a fresh one and then puts the
// old one back, so a field that depends on the place in the input belongs here.
type cursor struct {
	mode    mode
	comment commentState // in inComment
	endTag  string       // in inRawText: "</" and the lower-case name
	script  scriptState  // in inScriptText
	tag     tagState     // in inLongTag, and of unitTag
	long    longTag      // in inLongTag

	// buf is the input being scanned and buf[from:] the part of it that has not been
	// given to out. While dropping is set nothing is given; in XML dropName is the
	// element that is dropped.
	buf      []byte
	from     int
	before   byte // what was settled last
	dropping dropKind
	dropName string
	direct   bool // buf is the caller's, and stays as it is until Write returns
	final    bool // no more input will come
	cutOff   bool // the end of the input cut a tag or its text off
	// uncertain is set while text is read as markup that may be none.
	uncertain bool

	// kept holds bytes that are not judged yet, from the '<' of the unit they
	// belong to; keptAs says of which sort. In unitBody, body scans the text
	// after the start tag, and bodyDone says that kept ends where that text ends.
	kept     []byte
	keptAs   unit
	body     bodyScan
	bodyDone bool
	decl     declScan // in unitDecl
}

// New makes a Rewriter that writes to sink. The sink gets one or few writes
// for each call of Write; what it is given is valid only during the call.
func New(sink io.Writer, judge Judge, limits Limits) *Rewriter {
	r := new(Rewriter)
	r.Reset(sink, judge, limits)
	return r
}

// Reset makes r ready for another document. Nothing of the previous one
// remains but empty buffers.
func (r *Rewriter) Reset(sink io.Writer, judge Judge, limits Limits) {
	if sink == nil && r.inner != nil {
		r.inner.Reset(nil, nil, Limits{}) // put away: nothing of the document stays
	}
	clear(r.notes[:cap(r.notes)]) // what earlier windows had, too
	clear(r.declared[:cap(r.declared)])
	if limits.Tag <= 0 {
		limits.Tag = defaultLimit
	}
	if limits.Inline <= 0 {
		limits.Inline = defaultLimit
	}
	*r = Rewriter{
		out: output{sink: sink, pending: reuse(r.out.pending), copied: reuse(r.out.copied)}, judge: judge, limits: limits,
		context: context{scopes: reuse(r.context.scopes), names: reuse(r.context.names)},
		cursor:  cursor{kept: reuse(r.kept)},
		attrs:   reuse(r.attrs), edits: reuse(r.edits), decoded: reuse(r.decoded),
		list: reuse(r.list), left: reuse(r.left), dual: reuse(r.dual), unescaped: reuse(r.unescaped), styled: reuse(r.styled),
		savedScopes: reuse(r.savedScopes), savedNames: reuse(r.savedNames), spare: reuse(r.spare),
		notes: reuse(r.notes), declared: reuse(r.declared), inner: r.inner, marks: reuse(r.marks), values: reuse(r.values), vendors: reuse(r.vendors),
	}
}

// maxReuse is how many bytes of scratch space stay allocated from document to
// document: room for all that Limits hold back by default, which is an inline
// script of a single-page application; and little enough for a pool.
const maxReuse = 5 << 18

// reuse empties scratch space, or drops it if one odd document made it large.
func reuse[T any](s []T) []T {
	if cap(s) > maxReuse/int(reflect.TypeFor[T]().Size()) {
		return nil
	}
	return s[:0]
}

// Write rewrites the next bytes of the document, cut anywhere. What can be
// judged has been given to the sink when it returns. It returns len(p) and nil, or the
// sink's error, or ErrTagTooLong where a declaration of XML cannot be left out; after which
// every call returns that error.
func (r *Rewriter) Write(p []byte) (int, error) {
	r.take(p)
	r.flushOut()
	if r.err != nil {
		return 0, r.err
	}
	return len(p), nil
}

// take scans p, behind what is held.
func (r *Rewriter) take(p []byte) {
	for len(p) > 0 && r.err == nil {
		if r.keptAs != unitNone {
			p = r.resume(p)
			continue
		}
		scan := r.scan
		if r.memo != nil {
			scan = r.scanWindows
		}
		done := scan(p)
		if p = p[done:]; len(p) == 0 {
			return
		}
		n, gaveUp := r.overLimit(p)
		if !gaveUp {
			r.kept = append(r.kept[:0], p...)
			return
		}
		p = p[n:]
	}
}

// Flush gives the sink everything that is judged. Write has done so already;
// Flush is there for callers that must know.
func (r *Rewriter) Flush() error {
	r.flushOut()
	return r.err
}

// Close ends the document: what is still held is judged as a browser judges
// the end of its input, and given to the sink. It does not close the sink.
func (r *Rewriter) Close() error {
	if errors.Is(r.err, errClosed) {
		return nil
	}
	if r.err != nil {
		return r.err
	}
	if r.keptAs == unitBody {
		r.endKeptBody()
	}
	r.final = true
	if r.keptAs != unitNone {
		r.keptAs = unitNone
		r.scan(r.kept)
	}
	r.endDocument()
	r.flushOut()
	if r.err != nil {
		return r.err
	}
	r.err = errClosed
	return nil
}

// endKeptBody gives up a kept text that only the end of the input ends, if it is past the limit.
func (r *Rewriter) endKeptBody() {
	if r.body.spill.at == 0 { // else what spills has no end, and does not count
		r.body.at = len(r.kept)
	}
	r.body.tooLong = r.body.length() > r.limits.Inline
	if r.body.tooLong {
		r.keep(0)
	}
}

func (r *Rewriter) flushOut() {
	if err := r.out.flush(); err != nil && r.err == nil {
		r.err = err
	}
}

// keep keeps the unfinished unit kept[from:], of the sort that scan has left in
// r.keptAs, until more input comes. If it is past its limit it is given up, and
// those of its bytes that this has not dealt with are taken like any other input.
func (r *Rewriter) keep(from int) {
	if from > 0 {
		r.kept = append(r.kept[:0], r.kept[from:]...)
	}
	if n, gaveUp := r.overLimit(r.kept); gaveUp {
		rest := bytes.Clone(r.kept[n:])
		r.kept = r.kept[:0]
		r.take(rest)
	}
}

// stitch is how many bytes are joined to a short held piece: more than any
// word that decides what it is.
const stitch = 32

// resume adds bytes of p to what is held until its unit is complete, and
// scans it then. It returns the rest of p. Only what belongs to the unit is
// copied.
func (r *Rewriter) resume(p []byte) []byte {
	switch r.keptAs {
	case unitTag:
		n, done := r.tag.scan(p)
		r.kept = append(r.kept, p[:n]...)
		if done {
			r.rescan()
		} else {
			r.keep(0)
		}
		return p[n:]

	case unitBody:
		n := min(len(p), 4096)
		before := len(r.kept)
		r.kept = append(r.kept, p[:n]...)
		end, found := r.body.scan(r.kept)
		r.body.tooLong = found && r.body.length() > r.limits.Inline
		if !found || r.body.tooLong {
			r.keep(0)
			return p[n:]
		}
		// The bytes from the end tag on are not part of the unit.
		tail := bytes.Clone(r.kept[end:max(end, before)])
		r.kept = r.kept[:end]
		r.bodyDone = true
		r.rescan()
		r.bodyDone = false
		r.take(tail)
		return p[max(0, end-before):]
	}

	n := min(len(p), stitch)
	if r.keptAs == unitDecl {
		n = min(len(p), 4096)
	}
	before := len(r.kept)
	r.kept = append(r.kept, p[:n]...)
	done := r.scan(r.kept)
	if done >= before {
		// What follows the unit is scanned again, in p itself.
		r.keptAs = unitNone
		return p[done-before:]
	}
	r.keep(done)
	return p[n:]
}

// rescan scans a unit that has become complete. A start tag may turn out to
// be followed by text that is judged with it: then it stays held.
func (r *Rewriter) rescan() {
	r.keptAs = unitNone
	if done := r.scan(r.kept); done < len(r.kept) {
		r.keep(done)
	}
}

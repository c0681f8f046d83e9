package rewrite

import (
	"bytes"
	"errors"
	"io"
	"reflect"
)

// Limits bound how many bytes a Rewriter keeps until it can judge them.
type Limits struct {
	Tag    int // a start tag; 0 means 1 MiB
	Inline int // an inline script, or other text that is judged whole; 0 means 1 MiB
}

const defaultLimit = 1 << 20

// The reasons why an element could not be judged; see Judge.Unjudged.
var (
	ErrTagTooLong    = errors.New("start tag or declaration longer than the limit")
	ErrInlineTooLong = errors.New("inline text longer than the limit")
	// ErrAmbiguous says that browsers differ in what is markup and what is text here, and that
	// no output suits both; or that nothing short of a browser can tell what would be fetched.
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
	// err is the sink's, errClosed, or ErrTagTooLong because of a declaration of XML. Once set it stays.
	err error

	cursor  // where in the input r is
	context context

	// xml says that the document is XML; entities are those that it declares.
	xml      bool
	entities map[string]string
	// bodies are the names of the open elements of XML whose text was judged as a whole. What is in them
	// is scanned as markup too, so they are open until their end tag comes.
	bodies []string

	// blocked is the verdict on the first thing that was blocked.
	blocked  Verdict
	held     bool // something was held, not removed
	expanded int  // how long the texts of all entities are together
	readings int  // how many readings of text as markup are under way, one within the other
	// gaveUp says that text with two readings, or a declaration of XML, has grown past its limit before.
	// If it passed it is scanned again, as markup; what begins in it like such a unit is not kept once
	// more, or each would be searched for the same end. gaveUpAs is the verdict that the text got.
	gaveUp   bool
	gaveUpAs Action
	nesting  int       // how many documents this one is within
	inner    *Rewriter // for the documents within this one

	// leader and trailer are given out at the beginning of a document and at its end; see
	// SetLeader and SetTrailer.
	leader     string
	trailer    string
	led        int  // the leader's length, once it is given out
	clean      bool // nothing is blocked: behind the leader everything passes
	whole      bool // the input is a document and no fragment, by what is in it
	noFragment bool // it is one whatever is in it

	// memo remembers what became of windows of the input: memo.go. memoKey stands for all that the
	// verdicts depend on beside the window.
	memo     *Memo
	memoKey  uint64
	again    Remembering // the judge, if it is one
	notes    []any       // of the verdicts on the present window
	declared [][]byte    // the labels of encodings in the present window
	touched  bool        // something was asked that must be asked each time
	leftAt   stand       // what had become of the window where its last raw text begins

	marks   []string // the vendors because of which the present tag is held
	values  []byte   // of the attributes that the present tag gets
	label   string   // the encoding that its charset attribute names for what it fetches
	vendors []string // of all that is blocked in this document, for the one around it

	// Scratch space, reused from tag to tag.
	attrs      []attr
	edits      edits
	decoded    []byte
	list, left []byte // the value of an attribute with several URLs, and what is left of it
	resource   Resource
	dual       []byte // the output of readings of text as markup, a stack: dual.go
	unescaped  []byte // of css
	styled     []byte // of judgeStyle
	// Of readMarkup: the contexts of the readings under way, as stacks, and what the next one gathers
	// its output in.
	savedScopes []scope
	savedNames  []openName
	spare       []byte
}

// cursor is all that belongs to a place in one stretch of input: what is being
// scanned, what the tokenizer is in the middle of, what is kept and what is dropped.
// A reading of text as markup (dual.go) starts with a new one and puts the old one
// back when it is done, so a field that depends on the place in the input belongs here.
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
	before   byte // the last byte that was given out, as far as it can be a '<': see part
	dropping dropKind
	dropName string
	direct   bool // buf is the caller's, and stays as it is until Write returns
	final    bool // no more input will come
	cutOff   bool // the end of the input cut a tag or its text off
	// uncertain is set while text is read as markup that may be none.
	uncertain bool

	// kept are bytes that are not judged yet, from the '<' of the unit they
	// belong to; keptAs is the sort of that unit. In unitBody, body scans the text
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

// maxReuse is how many bytes a piece of scratch space may have to be used for the next
// document. It has room for all that is kept by the default Limits, such as the inline
// script of a single-page application, and is small enough for a pool of rewriters.
const maxReuse = 5 << 18

// reuse empties scratch space, or drops what an unusual document has made too large.
func reuse[T any](s []T) []T {
	if cap(s) > maxReuse/int(reflect.TypeFor[T]().Size()) {
		return nil
	}
	return s[:0]
}

// Write rewrites the next bytes of the document, cut anywhere. What can be
// judged has been given to the sink when it returns. It returns len(p) and nil; or 0 and
// the sink's error, or ErrTagTooLong for a declaration of XML that can neither be judged nor left
// out. Every later call returns the same error.
func (r *Rewriter) Write(p []byte) (int, error) {
	r.take(p)
	r.flushOut()
	if r.err != nil {
		return 0, r.err
	}
	return len(p), nil
}

// take scans p, which follows on what is kept.
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

// Flush gives the sink everything that is judged. Write has done so already, so it is only
// for callers who want to say so.
func (r *Rewriter) Flush() error {
	r.flushOut()
	return r.err
}

// Close ends the document: what is still kept is read as a browser reads it at
// the end of its input, judged, and given to the sink. It does not close the sink.
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
	if r.body.spill.at == 0 { // else the text has an end, and only what spills behind it has none
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

// stitch is how many bytes are joined to a unitShort: more than the longest
// word that decides what it is.
const stitch = 32

// resume adds bytes of p to what is kept until its unit is complete, and
// scans it then. It returns the rest of p: no more is copied than the unit needs.
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
// be followed by text that is judged with it: then it stays kept.
func (r *Rewriter) rescan() {
	r.keptAs = unitNone
	if done := r.scan(r.kept); done < len(r.kept) {
		r.keep(done)
	}
}

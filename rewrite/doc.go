// Package rewrite changes an HTML page while it streams by: it finds every
// element that would make a browser fetch something by itself, asks a [Judge]
// about it, and takes out or holds inert what the judge blocks. It knows
// nothing of consent, of vendors, of net/http or of Caddy.
//
// # How it works
//
// A [Rewriter] is pushed: [Rewriter.Write], [Rewriter.Flush],
// [Rewriter.Close]. It starts no goroutine and never asks for more input. The
// tokenizer of the HTML standard (section 13.2.5) is run at two speeds:
//
//   - Between tags the rewriter hops from one '<' to the next with
//     bytes.IndexByte. Text, comments and raw text go out as slices of the
//     input; nothing is copied where nothing changes.
//   - A tag's name is looked up in the element table (element.go). Only the
//     attributes of an element that can load something are parsed.
//
// What cannot be judged yet is kept: a tag of which only the first part has
// come, or an executable inline script whose end tag has not. [Limits] bound how
// much that is; scanning it goes on where it stopped, so a tag that
// arrives byte by byte costs no more than one that arrives whole. Everything
// before the kept bytes has already left when Write returns.
//
//	rewriter.go    Write, Flush, Close; what is kept and how scanning it goes on
//	scan.go        the tokenizer: text, tags, comments, raw text
//	tag.go         where a tag ends, and its attributes
//	script.go      where a script ends, whether it runs, and its verdict
//	comment.go     where a comment ends
//	context.go     where in a tree the tokenizer may stand, and dual.go, what
//	               follows from not knowing it
//	spill.go       markup that begins in a noscript and ends behind it
//	body.go        text that is judged as a whole, and limits
//	element.go     the table of elements that fetch
//	attribute.go   attributes that fetch on every element; how each is judged
//	inspect.go     an element: how its content is read, what becomes of both; questions.go, what is
//	               asked about it
//	edit.go        hold and remove: how a start tag is changed; output.go, how it goes out
//	judge.go       the questions, the verdicts; ask.go, how they are asked
//	memo.go        markup that was met before; window.go, how it is recognised; place.go, where
//	               in the tree it stands
//	leader.go      what is put into a document
//	css.go         what is blocked in CSS; cssscanner.go, where URLs are in it, and
//	               cssescape.go, what a backslash stands for in it
//	document.go    documents within: srcdoc, data:, javascript: (dataurl.go)
//	chardata.go    text of scripts and style sheets in SVG and XML
//	jsonscript.go  import maps and speculation rules
//	linktype.go, refresh.go, srcset.go, charref.go
//	               small languages within attributes
//	ascii.go       white space, letters and case, as all of these have them
//	xml.go, doctype.go
//	               documents that are XML
//
// # Hold and remove
//
// A held element stays where it is, inert and restorable: each attribute that
// fetches is renamed by putting "data-consent-" before its name, or behind its
// prefix if it has one, and data-consent="…" names the vendors. A held script
// also gets type="text/plain"; its own type becomes data-consent-type. Where a
// part of a value may stay (srcset, CSS, srcdoc), it stands in an attribute of
// the old name. A style, an import map or a set of speculation rules that is
// changed keeps its text in data-consent-text. Taking these additions away again restores the element
// byte for byte. A removed element leaves no byte of its URL.
//
// # Properties
//
// Each has a test: a page from which nothing is taken leaves byte-identical;
// the output does not depend on how the input was cut into writes nor on where flushes
// fall, nor on what a [Memo] remembers; rewriting twice changes nothing more; memory is
// bounded by Limits.
//
// # Security considerations
//
// Where a browser's reading of the markup depends on a tree (foreign content,
// noscript), the rewriter errs on the side that leaks nothing: it judges what
// any reading could load. One reading is followed in part only: a preload
// scanner takes an empty raw text element of SVG ("<style/>") for one with text,
// which goes on up to the next end tag, even if that stands in a comment.
package rewrite

// Package oracle tells what a document would make a browser do by itself:
// load, run, report. It is for tests only, which hold against it what the
// rewriter and the handler give out, and it shares nothing with them.
//
// A Sight is something that a browser acts upon without being asked. Look
// returns the sights of one document in one Reading, since what is live
// depends on the reader: a browser with scripting, one without, a preload
// scanner that sees tags and no tree, or a parser of XML. Header does the same
// for the header of a response.
//
// The trees of HTML are those of golang.org/x/net/html; the list of tags is
// that of its tokenizer; XML is read by encoding/xml, after the entities of
// the document's own DTD were put in. What elements and attributes mean is
// written down here anew from the standards, style sheets after CSS Syntax
// Level 3 (css.go), URLs by github.com/nlnwa/whatwg-url (url.go).
//
// A Denial says whom a page may not contact. Scripts are not run, only
// searched for the name of a denied host, so a script that puts the name
// together is a sight which nobody knows to be denied: what tests make of that
// is theirs to say.
package oracle

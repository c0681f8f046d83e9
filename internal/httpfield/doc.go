// Package httpfield reads the fields of HTTP headers, as browsers do where that is not what a standard
// says, and edits them without touching what it need not.
//
//	list.go          lists: their members, outside of quoted strings and angle brackets
//	quoted.go        quoted strings
//	contenttype.go   Content-Type, by the Fetch standard and by Chromium
//	cachecontrol.go  the directives of Cache-Control
//	contentrange.go  Content-Range
//	disposition.go   Content-Disposition
//	link.go          the targets and parameters in Link
//	etag.go          entity tags that name a version of what they are of
//	setcookie.go     Set-Cookie: whose cookie, and for how long
//	cookiedate.go    the dates in it
//
// A field is given by its lines, or one of them: what http.Header has under its name. Nothing here fails: what cannot be
// read is read in the way that is on the safe side, which each function tells. Nothing here keeps
// anything either, and all of it is for concurrent use. The lines that are given are not written to.
//
// Cookie lines are read in package cookieheader, which consent shares.
package httpfield

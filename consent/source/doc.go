// Package source reads what a visitor chose from the cookie (or the header)
// of whatever consent manager a site has. It knows cookies and their formats;
// it knows nothing of policies, vendors, HTTP handlers or Caddy.
//
// # How it works
//
// A source is text in one small grammar:
//
//	source <preset> [<cookie>] [{ overrides }]
//	source <cookie> <format> [<separators>] [<category>=<selector>…] [{ lines }]
//	source header <name> [<format> …] [{ lines }]
//
// The text becomes a [Config] (grammar.go, config.go), which is also its JSON
// form, and is compiled once into a [Source]. [Source.Read] takes the request's
// raw Cookie header lines and gives a [Reading]: a [State] and, of each
// category that the source knows, granted, denied or nothing.
//
//	grammar.go, config.go   a source as text, and as what that says
//	presets.go, presets.txt the presets, and which managers no server can read
//	compile.go, selector.go how a Config becomes a Source
//	read.go                 finds the cookies, and what several of them come to
//	decode.go               the steps from a raw value to its text
//	document.go, json.go    the text by its format, and what selectors find in it
//
// All presets are text in this grammar (presets.txt); none has code of its
// own. A site overrides a preset line by line: all lines that begin with a word
// take the place of the preset's that begin with it, its tests included.
//
// # The grammar
//
// <cookie> is a name, or a pattern with one '*'. <format> is how its decoded
// value is read, and what a selector means there:
//
//	json     a path: a.b.0 (a member or an index each), a[x] (the list a has x)
//	pairs    a key; <separators> are those between pairs and within one, by
//	         default ",;&|" and ":="
//	list     an entry; <separators> are those between entries, by default ","
//	value    the whole value
//	cookies  the rest of a name: the cookies that match prefix* are the pairs
//	tcf      a purpose's number, or sf1 for a special feature (IAB TCF 2.2)
//	gpp      sell, or as tcf of its TCF section (IAB GPP)
//	usp      sell (IAB US Privacy)
//
// A selector may end in =v1|v2 (the value is one of these) or >=n (it is a
// number, at least n), and begin with '!', which turns granted into denied and
// denied into granted; has:<selector> tells whether there is such a value, and
// !has:<selector> makes its line one for when there is none.
//
//	decode <step>…        what is done to the value first; default: url
//	    base64  url  param:<name>  json:<path>  from:<text>  until:<text>  trim:<characters>  strip:<characters>
//	answered <test>…      all must hold, else the visitor is unanswered;
//	                      commas within a test mean "or"
//	implied <test>…       if all hold, the answer is implied; several lines mean "or"
//	refused <test>…       if all hold, everything is denied, whatever else there is;
//	                      tests of cookies alone, several lines mean "or"
//	granted <word>…       default: true 1 yes on allow allowed accept accepted
//	                      grant granted opt_in opt-in optin. With value none: its
//	                      selectors are the words, and one that is given here grants all
//	denied <word>…        when given, all other words are no answer
//	missing denied|unanswered
//	                      what a value that is not there means; default: unanswered
//	when <value> granted|denied|implied|unanswered
//	                      what a whole value means
//	opt_out               the source only denies; always so with sell
//	<category> <selector>…
//	                      all must be granted; several lines mean "any"
//
// A test is a selector, cookie:<name>[=v1|v2] or cookie:<name>~<text> (there is
// such a cookie), or raw~<text> (the value, as it was sent, has this text); '!'
// before it means "not".
//
// # Failing closed
//
// What does not have the declared shape is unanswered, never granted: a value
// that is too long (16 KiB), cannot be decoded or parsed, or says nothing of any
// category. Cookies of the same name that disagree count by the stricter. But a
// selector that is negated grants whatever is not denied by it: of a value, name
// the words that deny, too.
package source

// Package charset knows the character encodings of documents as browsers do (Encoding
// standard; HTML section 13.2.3): which one a document is in, what its URLs may say if
// it does not tell, and how a reader of ASCII's bytes gets to read one in which tags are
// others.
//
// In most encodings the bytes of tags are those of ASCII, and a rewriter reads them as
// they are. Not so in UTF-16, nor in ISO-2022-JP, where escape sequences make
// other characters of the same bytes: such a document is decoded before the rewriter, and
// encoded again behind it.
//
//	label.go      the names of encodings, and what a document's first bytes say
//	charset.go    what is known of a document's encoding, and the readings of its URLs
//	transcoder.go the way into UTF-8 and back, around a rewriter
//	iso2022jp.go  a decoder of ISO-2022-JP in which a backslash may be none
//
// Package utf16 is the codec for that encoding. Nothing here is safe for concurrent use.
package charset

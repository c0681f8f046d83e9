// Package contentcoding undoes and redoes the content codings of HTTP (RFC 9110 section 8.4.1): gzip,
// deflate, br and zstd. It reads them as browsers do, also where that is not what a standard says.
//
// To make a compressor costs more than to compress a page with it, so those that are not in use
// are kept: who makes an Encoder or a Reader gives it back in the end.
//
//	coding.go  which codings there are; Content-Encoding and Accept-Encoding
//	encoder.go Encoder, which codes what is written to it, and may be flushed by a timer
//	reader.go  NewReader, which decodes what it reads
//	decoder.go Decoder, which decodes what is written to it
//	prefix.go  the beginning of a coded body
//
// # Limits
//
// A body may have been coded up to three times, and zstd may look back as far as 8 MiB (RFC 9659 section
// 3). Nothing bounds what comes of a few coded bytes but the sink, which gets it 16 KiB at most at a time and
// can end it with an error.
package contentcoding

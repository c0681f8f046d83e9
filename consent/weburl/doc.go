// Package weburl reads a URL the way a browser does: by the WHATWG URL
// standard (https://url.spec.whatwg.org/), not by RFC 3986. The difference
// is where trackers slip through: `\\host/x`, `https:host/x`, "ht\ntps://…",
// `https://user@HOST.:443/%2e/x` and `https://ｈｏｓｔ/x` are all fetched from
// the same place, and net/url reads none of them so.
//
// # How it works
//
// [URL.Parse] takes an attribute's value and the base it is relative to, and
// leaves scheme, host, port, path and query as byte slices. Where the input
// is already in canonical form (nearly always) these are slices of the input;
// otherwise they lie in a scratch buffer that the next Parse reuses. Only
// hosts that need IDNA allocate.
//
//	url.go    the type, Parse, Clone
//	split.go  which part of the input is what (the standard's state machine)
//	host.go   hosts: ASCII, percent-encoded, internationalised
//	ip.go     IPv4 in all its spellings, IPv6
//	path.go   dot segments and percent-encoding
//
// # What is canonical here
//
// Two things go beyond the standard's serialisation, because this package
// serves matching and not fetching. A host's trailing dot is dropped: the
// same server answers. In paths, percent-encoded unreserved characters
// (RFC 3986 §2.3) are decoded and the other escapes written in upper case:
// a server treats /%74r and /tr alike, so a rule must too.
package weburl

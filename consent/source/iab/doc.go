// Package iab reads the consent strings of the Interactive Advertising
// Bureau: the TC string of Europe's Transparency and Consent Framework
// ([ParseTCF]), the string of the Global Privacy Platform ([ParseGPP]) and the
// older US Privacy string ([ParseUSP]).
//
// # How it works
//
// All but the US Privacy string are bit fields written in base64url: six bits
// a character, most significant first. Nothing is decoded into a buffer. A
// string is cut at its separators, every character is looked up once to see
// that it belongs to the alphabet, and fields are then read from the text by
// their bit offset (base64.go). Only what decides about consent is read:
// purposes and special features of a TC string (tcf.go), opt-outs and the
// global privacy control of GPP's US sections (gpp.go, ussections.go). Lists
// of vendors are passed over; this is why a reader needs no more than the
// first 36 characters of a TC string. The header of a GPP string says which sections
// follow (sections.go), one of which may be a US Privacy string (usp.go). All errors are in
// errors.go.
//
// # What the answers mean
//
// A TC string grants: a purpose whose consent bit is set was agreed to.
// Legitimate interest is never consent. A CMP sets those bits when it has told
// a visitor of an interest and the visitor did not object, which is what a
// visitor who answered nothing does too.
//
// GPP's US sections and the US Privacy string only deny. The laws behind them
// let a visitor opt out; "did not opt out" is the state of everybody who
// never saw the question, and no agreement under a law that asks for one.
//
// Fail closed is the rule for what cannot be read: with an error comes the
// zero value, which grants nothing, and a US section of an unknown version is
// reported in [GPP.Unread] in place of being guessed at.
//
// # Limits
//
// Input is hostile by assumption: it comes from a cookie. Strings longer than
// [MaxLength] are refused; the work is linear in what is left; nothing is
// allocated, so that results hold parts of the string they were read from.
// All functions may be called from any number of goroutines.
package iab

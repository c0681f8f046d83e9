package iab

import "strings"

// MaxLength is how long a string may be, in bytes. A TC string that lists
// every vendor one by one has about 2,500, and a browser stores no cookie
// above 4,096 (RFC 6265 §6.1); what is longer was made to keep us busy.
const MaxLength = 16 << 10

const charBits = 6 // what a character of base64 holds

// alphabet has the value of each character of base64url (RFC 4648 §5), or
// notInAlphabet.
var alphabet = func() (t [256]byte) {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	for i := range t {
		t[i] = notInAlphabet
	}
	for i := range len(letters) {
		t[letters[i]] = byte(i)
	}
	return t
}()

const notInAlphabet = 1 << 7 // no value has this bit

// field is an unsigned integer in base64url text, of n bits (up to 57) from
// bit offset off on. Bits behind the end are 0, and so are the values of
// characters outside the alphabet; who needs to know asks isBase64 first.
func field(s string, off, n int) uint64 {
	var v uint64
	first, last := off/charBits, (off+n-1)/charBits
	for i := first; i <= last; i++ {
		v <<= charBits
		if i < len(s) {
			v |= uint64(alphabet[s[i]] &^ notInAlphabet)
		}
	}
	v >>= (last+1)*charBits - off - n
	return v & (1<<n - 1)
}

// isBase64 says whether all of s is in the alphabet of base64url.
func isBase64(s string) bool {
	var seen byte
	for i := range len(s) {
		seen |= alphabet[s[i]]
	}
	return seen&notInAlphabet == 0
}

// trimPadding takes up to two '=' from the end. The standards write base64url
// without padding ("removing '='", GPP String, Creating a GPP String), but
// common encoders add it unless told not to. It carries no bits, so nothing
// can be read out of it that the writer did not mean. An '=' anywhere else is
// an error.
func trimPadding(s string) string {
	return strings.TrimSuffix(strings.TrimSuffix(s, "="), "=")
}

// cut splits s at the first sep, and trims what is before it.
func cut(s string, sep string) (before, after string, found bool) {
	before, after, found = strings.Cut(s, sep)
	return trimPadding(before), after, found
}

package iab

import "strings"

// pack writes bits ('0' and '1', blanks are skipped) in base64url, padded with
// zeros to a whole character.
func pack(bits string) string {
	bits = strings.ReplaceAll(bits, " ", "")
	for len(bits)%charBits != 0 {
		bits += "0"
	}
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	var b strings.Builder
	for ; bits != ""; bits = bits[charBits:] {
		v := 0
		for _, c := range bits[:charBits] {
			v = v<<1 | int(c-'0')
		}
		b.WriteByte(letters[v])
	}
	return b.String()
}

// The headers of GPP strings with one section.
const (
	headerNational   = "DBABLA"
	headerCalifornia = "DBABBg"
	headerVirginia   = "DBABRg"
	headerUtah       = "DBABFg"
	headerFlorida    = "DBABAw"
	headerMaryland   = "DBABEYA"
	headerIndiana    = "DBABUYA"
)

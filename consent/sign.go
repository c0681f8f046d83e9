package consent

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"hash"
	"sync"
)

// A signature is the first 12 bytes of HMAC-SHA256 over host and value: 96
// bits are far beyond guessing over the network, and short in a header that
// every request carries. RFC 2104 §5 advises no fewer than half the output
// where collisions matter; here only forgery by guessing does.
const (
	macLength       = 12
	signatureLength = 16 // macLength in base64
)

// signer signs and verifies own cookies. It is safe for concurrent use.
type signer struct{ pool sync.Pool }

// macState is a keyed hash with room for its results, kept in a pool so that
// verifying does not allocate.
type macState struct {
	mac hash.Hash
	in  []byte
	sum []byte
	out [signatureLength]byte
}

func newSigner(secret string) *signer {
	key := []byte(secret)
	return &signer{pool: sync.Pool{New: func() any { return &macState{mac: hmac.New(sha256.New, key)} }}}
}

// append appends '.' and the signature of value for host to value.
func (s *signer) append(value []byte, host string) []byte {
	m := s.pool.Get().(*macState)
	defer s.pool.Put(m)
	m.compute(string(value), host)
	return append(append(value, '.'), m.out[:]...)
}

// verify compares in constant time.
func (s *signer) verify(value, signature, host string) bool {
	m := s.pool.Get().(*macState)
	defer s.pool.Put(m)
	m.compute(value, host)
	m.in = append(m.in[:0], signature...)
	return hmac.Equal(m.out[:], m.in)
}

// compute leaves the signature in m.out. The host is part of it so that an
// answer given to one site does not count on another that shares the secret;
// the zero bytes keep host and value apart, since neither can hold one.
func (m *macState) compute(value, host string) {
	m.mac.Reset()
	m.in = append(m.in[:0], "consent\x00"...)
	m.in = append(m.in, HostOf(host)...)
	m.in = append(m.in, 0)
	m.in = append(m.in, value...)
	m.mac.Write(m.in)
	m.sum = m.mac.Sum(m.sum[:0])
	base64.RawURLEncoding.Encode(m.out[:], m.sum[:macLength])
}

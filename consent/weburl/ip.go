package weburl

import (
	"bytes"
	"net/netip"
	"strconv"

	"github.com/caddy-consent/caddy-consent/internal/percent"
)

// endsInNumber is the standard's ends-in-a-number checker (§3.5): such a
// host is an IPv4 address or nothing.
func endsInNumber(host []byte) bool {
	host = dropDot(host)
	last := host[bytes.LastIndexByte(host, '.')+1:]
	if len(last) == 0 || last[0] < '0' || last[0] > '9' {
		return false
	}
	digits := true
	for _, c := range last {
		if c < '0' || c > '9' {
			digits = false
			break
		}
	}
	if digits {
		return true
	}
	_, state := ipv4Number(last)
	return state != notANumber
}

type numberState uint8

const (
	notANumber numberState = iota
	aNumber
	tooLarge
)

// ipv4Number reads decimal, 0-octal and 0x-hexadecimal. Values beyond 32 bits
// are told apart from non-numbers, since both checks need to know.
func ipv4Number(s []byte) (uint64, numberState) {
	base := uint64(10)
	switch {
	case len(s) == 0:
		return 0, notANumber
	case len(s) >= 2 && s[0] == '0' && s[1]|0x20 == 'x':
		base, s = 16, s[2:]
	case len(s) >= 2 && s[0] == '0':
		base, s = 8, s[1:]
	}
	n, state := uint64(0), aNumber
	for _, c := range s {
		d, ok := percent.Digit(c)
		if !ok || uint64(d) >= base {
			return 0, notANumber
		}
		if n = n*base + uint64(d); n > 1<<32 {
			n, state = 1<<32, tooLarge
		}
	}
	return n, state
}

// ipv4 is the IPv4 parser and serialiser (§3.5): "0x7f.1" is "127.0.0.1". It
// returns nil for what is no address.
func (u *URL) ipv4(host []byte) []byte {
	host = dropDot(host)
	var parts [4]uint64
	n := 0
	for rest, more := host, true; more; n++ {
		if n == 4 {
			return nil
		}
		var part []byte
		part, rest, more = bytes.Cut(rest, []byte{'.'})
		v, state := ipv4Number(part)
		if state != aNumber {
			return nil
		}
		parts[n] = v
	}
	var addr uint64
	for i := range n - 1 {
		if parts[i] > 255 {
			return nil
		}
		addr |= parts[i] << (24 - 8*i)
	}
	// The last part fills all bytes that are left.
	if parts[n-1] >= 1<<(8*(5-n)) {
		return nil
	}
	addr |= parts[n-1]

	start := len(u.buf)
	for shift := 24; shift >= 0; shift -= 8 {
		u.buf = strconv.AppendUint(u.buf, addr>>shift&0xFF, 10)
		if shift > 0 {
			u.buf = append(u.buf, '.')
		}
	}
	return u.buf[start:len(u.buf):len(u.buf)]
}

// ipv6 parses and serialises an address in brackets. netip accepts the same
// language but for zones, which URLs do not have, and writes IPv4-mapped
// addresses with dots, which URLs do not.
func (u *URL) ipv6(host []byte) []byte {
	if host[len(host)-1] != ']' || bytes.IndexByte(host, '%') >= 0 {
		return nil
	}
	addr, err := netip.ParseAddr(string(host[1 : len(host)-1]))
	if err != nil || !addr.Is6() {
		return nil
	}
	start := len(u.buf)
	u.buf = append(u.buf, '[')
	if addr.Is4In6() {
		b := addr.As16()
		u.buf = append(u.buf, "::ffff:"...)
		u.buf = strconv.AppendUint(u.buf, uint64(b[12])<<8|uint64(b[13]), 16)
		u.buf = append(u.buf, ':')
		u.buf = strconv.AppendUint(u.buf, uint64(b[14])<<8|uint64(b[15]), 16)
	} else {
		u.buf = addr.AppendTo(u.buf)
	}
	u.buf = append(u.buf, ']')
	return u.buf[start:len(u.buf):len(u.buf)]
}

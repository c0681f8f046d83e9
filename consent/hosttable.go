package consent

import "math/bits"

// hostTable finds the rules of a host and of the domains above it in one
// pass over the host's bytes, from its end: at every dot the hash of what
// lies behind is complete. It is a table with open addressing, at most half
// full, so the time does not depend on how many hosts it has.
type hostTable struct {
	slots []hostSlot
	keys  []string
	lists [][]*urlRule // by place in keys
}

// hostSlot has a part of a key's hash, and one more than its place in keys; 0 is an empty slot.
type hostSlot struct{ hash, place uint32 }

// The hash is FNV-1a's loop over the bytes, last byte first, with a last step
// that mixes: neighbours in a table are told apart by the low bits.
const (
	hostSeed  = 14695981039346656037
	hostPrime = 1099511628211
)

func hashByte(h uint64, c byte) uint64 { return (h ^ uint64(c)) * hostPrime }

func mixed(h uint64) uint64 { return (h ^ h>>32) * 0x9E3779B97F4A7C15 }

func hashHost(host string) uint64 {
	h := uint64(hostSeed)
	for i := len(host) - 1; i >= 0; i-- {
		h = hashByte(h, host[i])
	}
	return h
}

// newHostTable makes a table of rules by their hosts. The rules of each host
// keep their order.
func newHostTable(rules []*urlRule) hostTable {
	count := make(map[string]int)
	for _, r := range rules {
		count[r.host]++
	}
	if len(count) == 0 {
		return hostTable{}
	}
	t := hostTable{
		slots: make([]hostSlot, 2<<bits.Len(uint(len(count)))),
		keys:  make([]string, 0, len(count)),
		lists: make([][]*urlRule, 0, len(count)),
	}
	space := make([]*urlRule, len(rules))
	for _, r := range rules {
		place := t.place(hashHost(r.host), []byte(r.host))
		if place < 0 {
			place = t.add(r.host)
			n := count[r.host]
			t.lists = append(t.lists, space[:0:n])
			space = space[n:]
		}
		t.lists[place] = append(t.lists[place], r)
	}
	return t
}

// add makes a place for a key that the table does not have.
func (t *hostTable) add(key string) int {
	h, mask := mixed(hashHost(key)), uint64(len(t.slots)-1)
	i := h >> 32 & mask
	for t.slots[i].place != 0 {
		i = (i + 1) & mask
	}
	t.keys = append(t.keys, key)
	t.slots[i] = hostSlot{uint32(h), uint32(len(t.keys))}
	return len(t.keys) - 1
}

// place is where in keys the key with this hash is, or -1.
func (t *hostTable) place(hash uint64, key []byte) int {
	if len(t.slots) == 0 {
		return -1
	}
	h, mask := mixed(hash), uint64(len(t.slots)-1)
	for i := h >> 32 & mask; t.slots[i].place != 0; i = (i + 1) & mask {
		if s := t.slots[i]; s.hash == uint32(h) && t.keys[s.place-1] == string(key) {
			return int(s.place - 1)
		}
	}
	return -1
}

// of returns the rules of exactly this host.
func (t *hostTable) of(host string) []*urlRule {
	if i := t.place(hashHost(host), []byte(host)); i >= 0 {
		return t.lists[i]
	}
	return nil
}

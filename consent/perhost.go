package consent

import (
	"hash/maphash"
	"sync/atomic"
)

// perHost remembers what was found out of hosts that were asked about lately. Sites name
// the same few hosts on all their pages. It is a cache of 1024 places, two for a host to
// be in, and may be used concurrently.
type perHost[T any] [512][2]atomic.Pointer[ofHost[T]]

type ofHost[T any] struct {
	host string
	fact T
}

// maxHost is the length of a host name (RFC 1035 section 2.3.4): longer ones are not
// remembered.
const maxHost = 255

var perHostSeed = maphash.MakeSeed()

func (m *perHost[T]) places(host []byte) *[2]atomic.Pointer[ofHost[T]] {
	return &m[maphash.Bytes(perHostSeed, host)%uint64(len(m))]
}

// get tells what is remembered of a host. It does not allocate.
func (m *perHost[T]) get(host []byte) (fact T, ok bool) {
	places := m.places(host)
	for i := range places {
		if known := places[i].Load(); known != nil && known.host == string(host) {
			return known.fact, true
		}
	}
	return fact, false
}

// put remembers it, instead of what was put before the last in its place.
func (m *perHost[T]) put(host []byte, fact T) {
	if len(host) > maxHost {
		return
	}
	places := m.places(host)
	places[1].Store(places[0].Load())
	places[0].Store(&ofHost[T]{string(host), fact})
}

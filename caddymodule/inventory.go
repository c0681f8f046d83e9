package caddymodule

import (
	"bytes"
	"cmp"
	"hash/maphash"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/caddy-consent/caddy-consent/consent"
	"github.com/caddy-consent/caddy-consent/rewrite"
)

// An inventory is what a handler has seen since it was loaded, of others' hosts or of cookies:
// those that no rule knows, and those that were blocked. It tells an operator what a policy lacks,
// and in report mode what enforcing it will take.
//
// What is in markup that was met before (limits memo) is counted again if it was blocked;
// a host that no rule knows is counted only where it is read.
//
// Pages name hosts, and so do browsers' reports, which anybody can make up: so it is
// bounded. Where it is full, the host that was seen least often gives way, of those the one
// that was seen the longest time ago.

const (
	inventoryShards = 16
	// maxShard bounds the entries of a shard; 16 times 64 are 1024 in all.
	maxShard = 64
	// maxNoted is how long a name may be: visitors can make them up, and no host has a longer one.
	maxNoted = 256
)

// inventory is a table of hosts by kinds, or of cookies. It is safe for concurrent use; what is there
// already is counted without allocating.
type inventory struct {
	cookies bool // it is one of them
	seed    maphash.Seed
	shards  [inventoryShards]inventoryShard
	dropped atomic.Uint64 // entries that gave way
}

type inventoryShard struct {
	mu      sync.Mutex
	entries map[inventoryKey]*inventoryEntry
}

// inventoryEntry is a host or a cookie in its place.
type inventoryEntry struct {
	shard *inventoryShard
	// What follows is under the lock of the shard.
	seen sight
	gone bool // it gave way
}

type inventoryKey struct {
	name string       // of the host, or of the cookie
	kind rewrite.Kind // of hosts
}

// sight is a host or a cookie as it was seen. It is for encoding as JSON.
type sight struct {
	Host   string `json:"host,omitempty"`
	Cookie string `json:"cookie,omitempty"`
	// Kind is what was to be loaded of a host: script, frame, image and so on.
	Kind string `json:"kind,omitempty"`
	// Vendor and Category are those by which it was judged last; empty if no rule knows it.
	Vendor   string `json:"vendor,omitempty"`
	Category string `json:"category,omitempty"`
	// Count says how often it was seen, Blocked how often it was not to be loaded, set or sent, Reports
	// how many times it was a browser that said so.
	Count   uint64    `json:"count"`
	Blocked uint64    `json:"blocked"`
	Reports uint64    `json:"reports,omitempty"`
	First   time.Time `json:"first_seen"`
	Last    time.Time `json:"last_seen"`
}

func newInventory() *inventory { return &inventory{seed: maphash.MakeSeed()} }

func newCookieInventory() *inventory { return &inventory{seed: maphash.MakeSeed(), cookies: true} }

// sighting is what is noted of a host or a cookie.
type sighting struct {
	kind    rewrite.Kind
	verdict consent.Verdict
	blocked bool
	report  bool // a browser has said so
	at      time.Time
}

// note counts a host, or a cookie by its name, and returns its entry. Where there is no host, as
// for inline scripts, or a name is too long, it does nothing, and there is none.
func (v *inventory) note(name []byte, s sighting) *inventoryEntry {
	if len(name) == 0 || len(name) > maxNoted {
		return nil
	}
	shard := &v.shards[maphash.Bytes(v.seed, name)%inventoryShards]
	shard.mu.Lock()
	defer shard.mu.Unlock()
	e := shard.entries[inventoryKey{string(name), s.kind}]
	if e == nil {
		e = shard.add(v, string(name), s)
	}
	e.seen.count(s)
	return e
}

// again counts what has an entry that is known, unless it gave way: then it returns false.
func (e *inventoryEntry) again(s sighting) bool {
	e.shard.mu.Lock()
	defer e.shard.mu.Unlock()
	if !e.gone {
		e.seen.count(s)
	}
	return !e.gone
}

func (e *sight) count(s sighting) {
	e.Vendor, e.Category = s.verdict.Vendor, s.verdict.Category
	e.Count++
	if s.blocked {
		e.Blocked++
	}
	if s.report {
		e.Reports++
	}
	if s.at.After(e.Last) { // it is when the request came, and some take longer than others
		e.Last = s.at
	}
}

// add makes an entry, and room for it.
func (s *inventoryShard) add(v *inventory, name string, of sighting) *inventoryEntry {
	if s.entries == nil {
		s.entries = make(map[inventoryKey]*inventoryEntry)
	}
	if len(s.entries) >= maxShard {
		var least inventoryKey
		var found *inventoryEntry
		for key, e := range s.entries {
			if found == nil || e.seen.Count < found.seen.Count || e.seen.Count == found.seen.Count && e.seen.Last.Before(found.seen.Last) {
				least, found = key, e
			}
		}
		found.gone = true
		delete(s.entries, least)
		v.dropped.Add(1)
	}
	seen := sight{Host: name, Kind: of.kind.String(), First: of.at}
	if v.cookies {
		seen = sight{Cookie: name, First: of.at}
	}
	e := &inventoryEntry{shard: s, seen: seen}
	s.entries[inventoryKey{name, of.kind}] = e
	return e
}

// all returns what was seen, most often first.
func (v *inventory) all() []sight {
	out := []sight{}
	for i := range v.shards {
		shard := &v.shards[i]
		shard.mu.Lock()
		for _, e := range shard.entries {
			out = append(out, e.seen)
		}
		shard.mu.Unlock()
	}
	slices.SortFunc(out, func(a, b sight) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Host, b.Host), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Cookie, b.Cookie))
	})
	return out
}

// noteUnknown counts a host that may be loaded because no rule knows it, if it is another's.
func (h *Handler) noteUnknown(kind rewrite.Kind, v consent.Verdict, host, site []byte, now time.Time) {
	if v.Known || bytes.Equal(host, site) || !consent.IsThirdParty(host, site) {
		return
	}
	h.seenHosts.note(host, sighting{kind: kind, verdict: v, at: now})
}

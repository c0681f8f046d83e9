package caddymodule

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"go.uber.org/zap"

	"github.com/caddy-consent/caddy-consent/consent"
	"github.com/caddy-consent/caddy-consent/rewrite"
)

// However many hosts there are, the inventory keeps its bound, counts what gives way, and
// keeps those that are seen often.
func TestTheInventoryIsBounded(t *testing.T) {
	v := newInventory()
	start := time.Now()
	if v.note(make([]byte, maxNoted+1), sighting{at: start}) != nil {
		t.Error("a name without bounds is kept")
	}
	often := []byte("often.test")
	for range 10 {
		v.note(often, sighting{kind: rewrite.Script, at: start})
	}
	const hosts = 5000
	for i := range hosts {
		v.note(fmt.Appendf(nil, "host%d.test", i), sighting{kind: rewrite.Image, at: start.Add(time.Duration(i+1) * time.Second)})
	}
	all := v.all()
	if len(all) > inventoryShards*maxShard || uint64(len(all))+v.dropped.Load() != hosts+1 {
		t.Errorf("%d entries, and %d gave way, of %d", len(all), v.dropped.Load(), hosts+1)
	}
	if all[0].Host != "often.test" || all[0].Count != 10 || all[0].Kind != "script" {
		t.Errorf("first is %+v", all[0])
	}
	for _, e := range all[1:] {
		var n int
		if _, err := fmt.Sscanf(e.Host, "host%d.test", &n); err != nil || n < hosts/2 {
			t.Errorf("%s is there, and newer ones gave way", e.Host)
			break
		}
	}
}

// Requests count at the same time, and nothing is lost.
func TestTheInventoryCountsAtTheSameTime(t *testing.T) {
	v := newInventory()
	var wg sync.WaitGroup
	for g := range 8 {
		wg.Go(func() {
			for i := range 500 {
				v.note(fmt.Appendf(nil, "host%d.test", i%20), sighting{kind: rewrite.Script, blocked: g%2 == 0, report: g == 0, at: time.Now()})
				if i%100 == 0 {
					v.all()
				}
			}
		})
	}
	wg.Wait()
	for _, e := range v.all() {
		if e.Count != 200 || e.Blocked != 100 || e.Reports != 25 || e.First.After(e.Last) {
			t.Errorf("%+v", e)
		}
	}
}

// What is there already is counted without allocating.
func TestTheInventoryDoesNotAllocate(t *testing.T) {
	v := newInventory()
	host := []byte("tracker.test")
	s := sighting{kind: rewrite.Script, verdict: consent.Verdict{Vendor: "acme"}, blocked: true, at: time.Now()}
	v.note(host, s)
	if n := testing.AllocsPerRun(100, func() { v.note(host, s) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// What was blocked before is counted where it was, and if that gave way in the meantime, anew.
func TestWhatGaveWayIsCountedAnew(t *testing.T) {
	h := &Handler{seenHosts: newInventory(), logger: zap.NewNop()}
	start := time.Now()
	note := h.countBlocked(rewrite.Script, consent.Verdict{Vendor: "acme"}, []byte("tracker.test"), &visit{now: start})
	entry := func() *sight {
		for _, e := range h.seenHosts.all() {
			if e.Host == "tracker.test" {
				return &e
			}
		}
		return nil
	}
	note.count(h, &visit{now: start.Add(time.Second)})
	note.count(h, &visit{now: start}) // a slow request
	if e := entry(); e == nil || e.Count != 3 || e.Blocked != 3 || e.Vendor != "acme" || !e.Last.Equal(start.Add(time.Second)) {
		t.Fatalf("%+v", e)
	}
	for i := range 10 * inventoryShards * maxShard {
		for range 4 { // oftener than it was
			h.seenHosts.note(fmt.Appendf(nil, "host%d.test", i), sighting{kind: rewrite.Image, at: start})
		}
	}
	if e := entry(); e != nil {
		t.Fatalf("it did not give way: %+v", e)
	}
	note.count(h, &visit{now: start.Add(time.Minute)})
	note.count(h, &visit{now: start.Add(time.Minute)})
	if e := entry(); e == nil || e.Count != 2 || !e.First.Equal(start.Add(time.Minute)) {
		t.Errorf("%+v", e)
	}
}

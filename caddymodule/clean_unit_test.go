package caddymodule

import (
	"testing"
	"time"
)

// A backend may give another page the same tag: it is looked at again after a while, and then believed again.
func TestACleanPageIsLookedAtAgain(t *testing.T) {
	h := &Handler{clean: newGenerations[cleanKey, time.Time](8)}
	seen, key := time.Now(), cleanKey{1, 2}
	for range 2 {
		h.clean.put(key, seen)
		if !h.isClean(key, seen.Add(cleanFor-1)) || h.isClean(key, seen.Add(cleanFor)) || h.isClean(cleanKey{1, 3}, seen) {
			t.Error("believed for another time, or another page was")
		}
		seen = seen.Add(cleanFor)
	}
}

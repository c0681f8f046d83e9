package caddymodule

import (
	"fmt"
	"testing"
)

func TestThePageMemoryIsBounded(t *testing.T) {
	m := newPageMemory(200_000)
	page := func(size int) *rememberedPage {
		return &rememberedPage{in: make([]byte, size/2), out: make([]byte, size/2)}
	}
	for i := range uint64(1000) {
		m.meet(pageHash{i})
		m.put(pageHash{i}, page(10_000))
		m.meet(pageHash{i, 1})
		if n := len(m.young) + len(m.aged); n > 2*100_000/entrySize {
			t.Fatalf("%d entries", n)
		}
		held := 0
		for _, e := range m.young {
			if e.page != nil {
				held += e.page.size()
			}
		}
		for _, e := range m.aged {
			if e.page != nil {
				held += e.page.size()
			}
		}
		if held > 200_000 {
			t.Fatalf("%d bytes are held", held)
		}
	}
	if p, _ := m.meet(pageHash{999}); p == nil {
		t.Error("the last page is forgotten")
	}
	if p, _ := m.meet(pageHash{5}); p != nil {
		t.Error("one of the first pages is remembered")
	}
	m.put(pageHash{5}, page(60_000))
	if p, _ := m.meet(pageHash{5}); p != nil {
		t.Error("a page that takes more than a quarter of the memory is remembered")
	}
}

// A page that is met a second time is recorded, by one of those who meet it; and less and less
// often if it is another one each time.
func TestAPageThatChangesIsRecordedSeldom(t *testing.T) {
	m := newPageMemory(1 << 20)
	recorded := ""
	for i := range 400 {
		page, record := m.meet(pageHash{7})
		if page != nil {
			m.forget(pageHash{7}, page)
			m.forget(pageHash{7}, page) // by another who has met it meanwhile
		}
		if record {
			recorded += fmt.Sprint(i, " ")
			m.put(pageHash{7}, &rememberedPage{in: []byte("text")})
		}
	}
	if want := "1 10 43 172 "; recorded != want {
		t.Errorf("recorded at %s, want %s", recorded, want)
	}
	if m.size > 1000 {
		t.Errorf("%d bytes are said to be held", m.size)
	}
}

// What is recorded at once is bounded too, and slow pages are not in the way of others.
func TestRecordingsAreBounded(t *testing.T) {
	m := newPageMemory(100_000)
	begin := func(n int) *recording {
		r := &recording{memory: m, key: pageHash{uint64(n)}}
		r.took(make([]byte, 10_000))
		r.gave(make([]byte, 4000))
		return r
	}
	all := []*recording{}
	kept := 0
	for i := range 20 {
		r := begin(i)
		if all = append(all, r); !r.spoiled {
			kept++
		}
	}
	if kept < 3 || kept > 5 {
		t.Errorf("%d of 20 pages of 10 KB are recorded at once", kept)
	}
	for _, r := range all {
		r.end(true, true)
		r.end(false, false)
	}
	if n := m.recording.Load(); n != 0 {
		t.Errorf("%d bytes are said to be recorded when nothing is", n)
	}
	begin(101).gave(make([]byte, 1<<20)) // what a few bytes are decoded to
	if n := m.recording.Load(); n != 0 {
		t.Errorf("%d bytes are said to be recorded of what is too long", n)
	}
	r := begin(100)
	r.took(make([]byte, 20_000))
	if r.end(true, true); !r.spoiled || m.recording.Load() != 0 {
		t.Error("a page that is too long is remembered")
	}
}

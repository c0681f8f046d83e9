package caddymodule

import "sync"

// generations is a bounded memory: of what was put or asked for in this generation,
// and in the one before. It is safe for concurrent use.
type generations[K comparable, V any] struct {
	mu          sync.Mutex
	size        int // of a generation
	young, aged map[K]V
}

func newGenerations[K comparable, V any](size int) *generations[K, V] {
	return &generations[K, V]{size: size, young: map[K]V{}}
}

func (g *generations[K, V]) get(key K) (value V, ok bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if value, ok = g.young[key]; ok {
		return value, true
	}
	if value, ok = g.aged[key]; ok {
		g.store(key, value)
	}
	return value, ok
}

func (g *generations[K, V]) put(key K, value V) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.store(key, value)
}

func (g *generations[K, V]) store(key K, value V) {
	if len(g.young) >= g.size {
		g.aged, g.young = g.young, make(map[K]V)
	}
	g.young[key] = value
}

package caddymodule

// PolicyHash is the hash of a provisioned handler's policy.
func (h *Handler) PolicyHash() string { return h.policy.Hash() }

// Remembered calls f with what has become of each page that is remembered.
func (h *Handler) Remembered(f func(out []byte)) {
	m := h.pageMemory
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, generation := range []map[pageHash]*pageEntry{m.young, m.aged} {
		for _, e := range generation {
			if e.page != nil {
				f(e.page.out)
			}
		}
	}
}

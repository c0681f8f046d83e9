package caddymodule

// PolicyHash is the hash of a provisioned handler's policy.
func (h *Handler) PolicyHash() string { return h.policy.Hash() }

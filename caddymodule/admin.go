package caddymodule

import (
	"errors"
	"net/http"
	"slices"
	"sync"

	"github.com/caddyserver/caddy/v2"
)

func init() {
	caddy.RegisterModule(adminAPI{})
}

// handlers are those of configs that run, in the order in which they were loaded.
var handlers struct {
	sync.Mutex
	all []*Handler
}

// Cleanup implements caddy.CleanerUpper.
func (h *Handler) Cleanup() error {
	handlers.Lock()
	defer handlers.Unlock()
	handlers.all = slices.DeleteFunc(handlers.all, func(other *Handler) bool { return other == h })
	return nil
}

// adminAPI is what Caddy's admin API tells of this module:
//
//	GET /consent/inventory
//
// answers with what each handler has seen, as JSON. It changes nothing.
type adminAPI struct{}

// CaddyModule returns the Caddy module information.
func (adminAPI) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "admin.api.consent",
		New: func() caddy.Module { return new(adminAPI) },
	}
}

// Routes implements caddy.AdminRouter.
func (a adminAPI) Routes() []caddy.AdminRoute {
	return []caddy.AdminRoute{{Pattern: "/consent/inventory", Handler: caddy.AdminHandlerFunc(a.serveInventory)}}
}

// handlerInventory is what one handler has seen.
type handlerInventory struct {
	Policy  string  `json:"policy"` // its hash, as in records of consent
	Hosts   []sight `json:"hosts"`
	Cookies []sight `json:"cookies"`
	// Dropped counts the entries that gave way to others.
	Dropped uint64 `json:"dropped"`
}

func (adminAPI) serveInventory(w http.ResponseWriter, r *http.Request) error {
	if r.Method != http.MethodGet {
		return caddy.APIError{HTTPStatus: http.StatusMethodNotAllowed, Err: errors.New("method not allowed")}
	}
	handlers.Lock()
	running := slices.Clone(handlers.all)
	handlers.Unlock()
	all := []handlerInventory{}
	for _, h := range running {
		all = append(all, handlerInventory{
			Policy: h.policy.Hash(), Hosts: h.seenHosts.all(), Cookies: h.seenCookies.all(),
			Dropped: h.seenHosts.dropped.Load() + h.seenCookies.dropped.Load(),
		})
	}
	return writeJSON(w, all)
}

// Interface guards
var (
	_ caddy.CleanerUpper = (*Handler)(nil)
	_ caddy.AdminRouter  = adminAPI{}
)

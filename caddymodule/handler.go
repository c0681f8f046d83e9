package caddymodule

import (
	"cmp"
	"context"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"go.uber.org/zap"
	"golang.org/x/time/rate"

	"github.com/caddy-consent/caddy-consent/caddymodule/ui"
	"github.com/caddy-consent/caddy-consent/consent"
	"github.com/caddy-consent/caddy-consent/consent/source"
	"github.com/caddy-consent/caddy-consent/rewrite"
)

func init() {
	caddy.RegisterModule(new(Handler))
}

// Handler enforces cookie consent on every response: it reads what the
// visitor chose, takes what disallowed vendors would load out of HTML while it
// streams by, and keeps their cookies from the browser.
//
// It serves the page on which visitors choose at `/.consent/`.
//
// In JSON, put it right after `encode` in the same route. Responses that were
// compressed by the backend are decompressed, and compressed again where no
// `encode` does it.
type Handler struct {
	// `enforce`; `report` to change nothing but count and log what would be
	// blocked; or `off`. Default: `enforce`.
	Mode string `json:"mode,omitempty"`
	// Raising the revision asks every visitor again. Default: `0`.
	Revision int `json:"revision,omitempty"`
	// What a visitor who has not answered gets: `deny` (opt-in) or `allow`
	// (opt-out). Default: `deny`.
	Unanswered string `json:"unanswered,omitempty"`
	// Whose cookies tell what the visitor chose, in their order: of each category the
	// first that has an answer decides. Default: this module's own cookie.
	Sources []source.Config `json:"sources,omitempty"`
	// What counts that a consent manager granted without asking the visitor:
	// `deny` or `allow`. Default: `deny`.
	Implied string `json:"implied,omitempty"`
	// A script in the page hands on the answer of a consent manager that no server can
	// read; it is kept in this module's own cookie.
	Bridge bool `json:"bridge,omitempty"`
	// The categories that `Sec-GPC: 1` denies; an empty list for none.
	// Default: `["advertising", "social"]`.
	GPC []string `json:"gpc,omitzero"`
	// The categories that `DNT: 1` denies. Default: none.
	DNT []string `json:"dnt,omitzero"`
	// The categories, in the order in which visitors see them. When given,
	// only these exist. Default: essential, analytics, performance,
	// advertising and social, with the whole catalog.
	Categories []consent.Category `json:"categories,omitempty"`
	// Vendors that the catalog lacks.
	Vendors []consent.Vendor `json:"vendors,omitempty"`
	// Adjusts the catalog of known vendors.
	Catalog CatalogConfig `json:"catalog,omitzero"`
	// What becomes of blocked elements.
	Blocked BlockedConfig `json:"blocked,omitzero"`
	// What becomes of what no rule knows.
	Unknown UnknownConfig `json:"unknown,omitzero"`
	// The pages on which a visitor chooses.
	Banner BannerConfig `json:"banner,omitzero"`
	// The cookie that holds the answer.
	Cookie CookieConfig `json:"cookie,omitzero"`
	// What becomes of HTML that cannot be inspected: `block` or `pass`.
	// Default: `block`.
	OnError string `json:"on_error,omitempty"`
	// `visitor` to make a page for every visitor's decision; `shared` to make one
	// for all, in which everything is held that needs an answer, and which the
	// visitor's browser releases by their own decision. Default: `visitor`.
	Pages string `json:"pages,omitempty"`
	// `on` to apply the decision to what scripts do, by a script of this module that
	// is the first in every page, and to stand in for what is held there; or `off`.
	// Default: `on`.
	Guard string `json:"guard,omitempty"`
	// A net that browsers hold, made of the same policy.
	CSP CSPConfig `json:"csp,omitzero"`
	// What caches are told.
	Cache CacheConfig `json:"cache,omitzero"`
	// What browsers are told to clear (`Clear-Site-Data`) on the response by
	// which a visitor withdraws: of `cache`, `cookies`, `storage`. All cookies of
	// the site go with `cookies`, logins included. Default: none.
	ClearSiteData []string `json:"clear_site_data,omitempty"`
	// What tags are told of the decision.
	ConsentMode ConsentModeConfig `json:"google_consent_mode,omitzero"`
	// What is recorded of a choice.
	Records RecordsConfig `json:"records,omitzero"`
	// How much of a page may be held back.
	Limits LimitsConfig `json:"limits,omitzero"`

	salt               string // names the settings that pages depend on beside the policy
	policy             *consent.Policy
	files              map[string]string // of imported vendors and lists
	languages          *ui.Languages     // of what visitors read
	placeholderVendors map[string]placeholderVendor
	// signalNeeds are the categories that each signal of the consent mode needs.
	signalNeeds  map[string][]string
	metrics      *metrics
	logger       *zap.Logger
	recordLog    *zap.Logger // of choices
	rewriters    sync.Pool   // of *rewrite.Rewriter
	outcomes     outcomes
	varies       fieldNames // request headers that decisions are made from
	pagesVary    fieldNames // and pages
	buffers      sync.Pool  // of *[]byte
	clean        *generations[cleanKey, time.Time]
	noPages      noPages
	placeholders *generations[placeholderKey, string]
	memo         *rewrite.Memo // nil if nothing is to be remembered
	pageMemory   *pageMemory   // nil likewise
	reports      *rate.Limiter // of browsers
	knownGuards  *generations[consent.Set, *guardRules]
	earlyScripts *earlyScripts
	idle         idleness
	stopped      stoppedScripts
	seenHosts    *inventory
	seenCookies  *inventory
}

// CaddyModule returns the Caddy module information.
func (*Handler) CaddyModule() caddy.ModuleInfo {
	return caddy.ModuleInfo{
		ID:  "http.handlers.consent",
		New: func() caddy.Module { return new(Handler) },
	}
}

// Provision compiles the policy.
func (h *Handler) Provision(ctx caddy.Context) error {
	h.logger = ctx.Logger()
	h.recordLog = h.logger.Named("records")
	if err := h.Cookie.resolve(); err != nil {
		return err
	}
	policy, warnings, err := h.compile()
	if err != nil {
		return err
	}
	for _, w := range warnings {
		h.logger.Warn(w.Message)
		if len(w.Vendors) > 0 {
			h.logger.Debug("vendors named in the previous warning", zap.Strings("vendors", w.Vendors))
		}
	}
	h.policy = policy
	h.placeholderVendors = placeholderVendors(policy)
	h.salt = settingsOf(h)
	h.metrics = newMetrics(ctx.GetMetricsRegistry())
	varies := h.decisionHeaders()
	h.varies = newFieldNames(varies...)
	h.pagesVary = h.varies
	if h.bringsParts() {
		h.pagesVary = newFieldNames(append(slices.Clip(varies), "Sec-Fetch-Dest")...)
	}
	h.clean = newGenerations[cleanKey, time.Time](maxClean)
	h.noPages.seen = newGenerations[uint64, bool](maxNoPages)
	h.earlyScripts = newEarlyScripts()
	h.knownGuards = newGenerations[consent.Set, *guardRules](maxGuardRules / 2)
	h.placeholders = newGenerations[placeholderKey, string](maxPlaceholders)
	if h.Limits.Memo >= 0 {
		half := cmp.Or(h.Limits.Memo, defaultMemo) / 2
		h.memo, h.pageMemory = rewrite.NewMemo(half), newPageMemory(half)
	}
	h.reports = newReportLimiter()
	h.buffers.New = func() any { return new([]byte) }
	h.rewriters.New = func() any { return new(rewrite.Rewriter) }
	h.seenHosts, h.seenCookies = newInventory(), newCookieInventory()
	handlers.Lock()
	defer handlers.Unlock()
	handlers.all = append(handlers.all, h)
	return nil
}

// handledKey marks, in its context, a request that a consent handler further
// out takes care of. It is no variable of Caddy's: their map is shared with
// goroutines that outlive the handlers, such as a transport's that still dials,
// and must not be written to once a handler inside was called. Nor do error
// routes see it, which may have a consent of their own.
type handledKey struct{}

// handled is its value: what matchers and placeholders tell of the decision. It is nil where that handler leaves the
// request alone (mode off), and so do those further in.
type handled struct {
	policy   *consent.Policy
	decision consent.Decision
	// asked tells that something inside asked, so that caches must know what the
	// answer depends on.
	asked atomic.Bool
	// sent are the fields of the request that were changed, and instead what a handler in an error
	// route has found: errorroute.go.
	sent    []sentField
	instead atomic.Pointer[handled]
}

// ServeHTTP implements caddyhttp.MiddlewareHandler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request, next caddyhttp.Handler) error {
	if outer, ok := r.Context().Value(handledKey{}).(*handled); ok {
		// The outermost handler decides: it is the more specific one, and a page
		// must not be rewritten under two policies.
		if outer != nil {
			h.idle.skipped(h.logger)
		}
		return next.ServeHTTP(w, r)
	}
	if h.Mode == modeOff {
		return next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), handledKey{}, (*handled)(nil))))
	}
	h.idle.acts()
	before := handledBefore(r)
	visit := h.visit(r)
	told := &handled{policy: h.policy, decision: visit.decision}
	r = r.WithContext(context.WithValue(r.Context(), handledKey{}, told))
	h.metrics.decided(visit.decision.State)
	if before != nil {
		before.instead.Store(told)
	} else {
		setPlaceholders(r, told)
	}
	h.logDecision(r, &visit.decision)
	if path, ok := h.endpointPath(r); ok {
		h.filterOwn(w, r, visit, visit.decision)
		return h.serveEndpoint(w, r, path, visit)
	}
	if h.policy.UsesGPC() && r.URL.Path == gpcPath && h.Mode == modeEnforce {
		h.filterOwn(w, r, visit, visit.decision)
		return serveGPC(w, r)
	}
	if r.Method == http.MethodConnect && !isWebSocket(r) {
		return next.ServeHTTP(w, r)
	}
	if h.collects(w, r, &visit) {
		return nil
	}
	if h.Mode == modeEnforce {
		h.prepareRequest(r, &visit)
		told.sent = visit.sent
	} else {
		h.reportCookies(r, &visit)
	}

	rw := newResponseWriter(h, visit, told, w, r)
	defer rw.release()
	rw.whole = rw.wholeOf(r)
	err := next.ServeHTTP(rw, r)
	if rw.state == partial && err == nil {
		err = rw.askForWhole(next)
	}
	if err != nil {
		return rw.fail(err)
	}
	// Not deferred: when the handler panics to abort the response, nothing more
	// may be written, or a truncated page would look complete.
	return rw.finish()
}

// isWebSocket tells a WebSocket that is opened over HTTP/2 or HTTP/3 from other
// tunnels (RFC 8441, RFC 9220). It is this site's, as one over HTTP/1.1 is, and
// browsers send cookies and take them.
func isWebSocket(r *http.Request) bool {
	return r.Header.Get(":protocol") == "websocket" || r.ProtoMajor >= 3 && r.Proto == "websocket"
}

// collects counts requests for the collector of a denied vendor on this site
// itself, and answers them in the backend's place, with nothing, if that is to be enforced.
func (h *Handler) collects(w http.ResponseWriter, r *http.Request, v *visit) bool {
	if !h.policy.MayBeOwnPath(v.path) {
		return false
	}
	page := v.pageURL(r)
	verdict := h.policy.OwnPath(page, []byte(v.host), &v.decision)
	if !verdict.Blocked {
		return false
	}
	h.countBlocked(rewrite.Other, verdict, page.Host, v)
	if h.Mode != modeEnforce {
		return false
	}
	h.filterOwn(w, r, *v, v.decision)
	varyByDecision(h, w.Header())
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(http.StatusNoContent)
	return true
}

// logDecision adds the decision to the access log, if there is one. What else Caddy may put these
// fields into is not meant.
func (h *Handler) logDecision(r *http.Request, d *consent.Decision) {
	if server, ok := r.Context().Value(caddyhttp.ServerCtxKey).(*caddyhttp.Server); ok && server != nil && server.Logs == nil {
		return
	}
	extra, ok := r.Context().Value(caddyhttp.ExtraLogFieldsCtxKey).(*caddyhttp.ExtraLogFields)
	if !ok {
		return
	}
	extra.Set(zap.String("consent_state", d.State.String()))
	extra.Set(h.outcome(d, 0).granted)
}

// Interface guards
var (
	_ caddy.Module                = (*Handler)(nil)
	_ caddy.Provisioner           = (*Handler)(nil)
	_ caddyhttp.MiddlewareHandler = (*Handler)(nil)
)

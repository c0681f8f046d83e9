package caddymodule

import (
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync/atomic"

	"go.uber.org/zap"
)

// A page may have Content-Security-Policies of its own, each of which must allow this module's
// scripts, or they do not run (CSP Level 3 section 4.1). None is loosened: what the server takes out stays out
// without any script. But nobody would be asked, so the operator is told.

// pageScripts is what the policies of a page say of this module's scripts.
type pageScripts struct {
	nonce   string // what they need; "" for none
	stopped string // the policy that stops them; "" if none does
	sure    bool   // they run: each policy allows this site's files, or has the nonce that they get
}

// scriptsUnder reads the policies of a page of a host (visit.host). The nonce is that of the
// first policy that would stop the scripts without: one is never invented. Whether they are stopped
// is told with care: where ports differ, say, a policy has the benefit of the doubt.
func (h *Handler) scriptsUnder(lines []string, host string) (p pageScripts) {
	p.sure = true
	for _, line := range lines {
		for policy := range strings.SplitSeq(line, ",") {
			sources, ok := scriptSources(policy)
			if !ok {
				continue
			}
			allowed, sure := h.scriptsAllowed(sources, host)
			if sure {
				continue
			}
			switch nonce := firstNonce(sources); {
			case nonce != "" && (p.nonce == "" || p.nonce == nonce):
				p.nonce = nonce
			case !allowed:
				p.stopped, p.sure = policy, false
			default:
				p.sure = false
			}
		}
	}
	return p
}

// scriptsAllowed tells whether source expressions allow this module's scripts without a nonce
// (CSP Level 3 section 6.7.2.7), and whether that is sure. 'strict-dynamic' overrules all that name a place.
func (h *Handler) scriptsAllowed(sources []string, host string) (allowed, sure bool) {
	for _, source := range sources {
		switch source = strings.ToLower(source); source {
		case "'strict-dynamic'":
			return false, false
		case "'self'", "*":
			allowed, sure = true, true
		case "https:", "http:":
			allowed = true
		default:
			allowed = allowed || h.isHere(source, host)
		}
	}
	return allowed, sure
}

// isHere tells whether a source expression names this module's files on a host.
func (h *Handler) isHere(source, host string) bool {
	if _, rest, ok := strings.Cut(source, "://"); ok {
		source = rest
	}
	source, path, _ := strings.Cut(source, "/")
	if path != "" && !strings.HasPrefix(strings.ToLower(h.Banner.Path)+"/", "/"+path) {
		return false
	}
	name, port, ok := strings.Cut(source, ":")
	if _, err := strconv.Atoi(port); ok && port != "*" && err != nil {
		return false // a scheme
	}
	if suffix, ok := strings.CutPrefix(name, "*"); ok && strings.HasPrefix(suffix, ".") {
		return strings.HasSuffix(host, suffix)
	}
	return name == host
}

// nonceSource is a nonce as source expression (CSP Level 3 section 2.3.1).
var nonceSource = regexp.MustCompile(`^'(?i:nonce)-([A-Za-z0-9+/_-]+={0,2})'$`)

func firstNonce(sources []string) string {
	for _, source := range sources {
		if nonce := nonceSource.FindStringSubmatch(source); nonce != nil {
			return nonce[1]
		}
	}
	return ""
}

// scriptSources are the source expressions for script elements: of the most special
// directive that there is; of two of a name the first counts.
func scriptSources(policy string) (sources []string, ok bool) {
	found := map[string][]string{}
	for directive := range strings.SplitSeq(policy, ";") {
		words := strings.Fields(directive)
		if len(words) == 0 {
			continue
		}
		name := strings.ToLower(words[0])
		if _, twice := found[name]; !twice {
			found[name] = words[1:]
		}
	}
	for _, name := range []string{"script-src-elem", "script-src", "default-src"} {
		if sources, ok = found[name]; ok {
			return sources, true
		}
	}
	return nil, false
}

// stoppedScripts tells the operator once that a policy of the site's own stops the scripts.
type stoppedScripts struct{ told atomic.Bool }

func (s *stoppedScripts) tell(logger *zap.Logger, r *http.Request, policy string) {
	if s.told.Load() || s.told.Swap(true) {
		return
	}
	logger.Warn("the site's own Content-Security-Policy stops the banner and the guard: visitors are not asked; "+
		"allow 'self' in its script-src, or a nonce",
		zap.String("host", r.Host), zap.String("path", r.URL.Path), zap.String("policy", shorten(strings.TrimSpace(policy))))
}

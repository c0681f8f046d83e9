package caddymodule

import (
	"errors"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/caddy-consent/caddy-consent/consent"
	"github.com/caddy-consent/caddy-consent/rewrite"
)

// metrics counts what the handlers of one config did. Labels are words of the
// policy, never hosts, URLs or values. All methods work on nil, so that a
// handler can be tested without a registry.
type metrics struct {
	decisions [consent.Answered + 1]prometheus.Counter // by state
	elements  *prometheus.CounterVec                   // category, kind
	cookies   *prometheus.CounterVec                   // category
	expiries  *prometheus.CounterVec
	documents [results]prometheus.Counter
	errors    *prometheus.CounterVec // reason
	reports   *prometheus.CounterVec // result
}

// result is what was done with a document.
type result uint8

const (
	untouched result = iota
	knownClean
	inspected
	refused
	results
)

func (r result) String() string {
	return [...]string{"untouched", "known to be clean", "inspected", "refused"}[r]
}

// newMetrics registers the metrics, or finds them where another site's
// handler has registered them in the same config.
func newMetrics(reg prometheus.Registerer) *metrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		c := prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: "caddy", Subsystem: "consent", Name: name, Help: help,
		}, labels)
		err := reg.Register(c)
		if existing := (prometheus.AlreadyRegisteredError{}); errors.As(err, &existing) {
			return existing.ExistingCollector.(*prometheus.CounterVec)
		}
		return c
	}
	m := &metrics{
		elements: counter("elements_blocked_total", "Elements blocked in HTML, or that would be in report mode.", "category", "kind"),
		cookies:  counter("cookies_blocked_total", "Set-Cookie lines blocked, or that would be in report mode.", "category"),
		expiries: counter("cookies_expired_total", "Cookies of denied categories that browsers still had, and were told to drop."),
		reports:  counter("csp_reports_total", "Reports of browsers about the content security policy: taken, malformed or dropped as too many.", "result"),
		errors:   counter("errors_total", "HTML that could not be inspected, by reason.", "reason"),
	}
	// Every request counts in these: their labels are looked up once.
	decisions := counter("decisions_total", "Requests by the state of the visitor's consent.", "state")
	for s := range m.decisions {
		m.decisions[s] = decisions.WithLabelValues(consent.State(s).String()) //nolint:gosec // few
	}
	documents := counter("documents_total", "HTML responses by what was done with them: untouched, known to be clean, inspected or refused.", "result")
	for r := range results {
		m.documents[r] = documents.WithLabelValues(r.String())
	}
	// What never happens is seen not to: the labels that are known are there from the start.
	m.expiries.WithLabelValues()
	for _, reason := range reasons {
		m.errors.WithLabelValues(reason)
	}
	for _, result := range []string{reportTaken, reportMalformed, reportDropped} {
		m.reports.WithLabelValues(result)
	}
	return m
}

// What became of a browser's report.
const (
	reportTaken     = "taken"
	reportMalformed = "malformed"
	reportDropped   = "dropped"
)

func (m *metrics) decided(s consent.State) {
	if m != nil {
		m.decisions[s].Inc()
	}
}

// element is the counter of blocked elements of a kind; nil without a registry.
func (m *metrics) element(category string, kind rewrite.Kind) prometheus.Counter {
	if m == nil {
		return nil
	}
	return m.elements.WithLabelValues(category, kind.String())
}

func (m *metrics) cookie(category string) {
	if m != nil {
		m.cookies.WithLabelValues(category).Inc()
	}
}

func (m *metrics) expired(n int) {
	if m != nil {
		m.expiries.WithLabelValues().Add(float64(n))
	}
}

func (m *metrics) document(r result) {
	if m != nil {
		m.documents[r].Inc()
	}
}

func (m *metrics) failed(reason string) {
	if m != nil {
		m.errors.WithLabelValues(reason).Inc()
	}
}

func (m *metrics) reported(result string) {
	if m != nil {
		m.reports.WithLabelValues(result).Inc()
	}
}

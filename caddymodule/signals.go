package caddymodule

import (
	"fmt"
	"maps"
	"regexp"
	"slices"

	"github.com/caddy-consent/caddy-consent/consent"
	"github.com/caddy-consent/caddy-consent/internal/nearest"
)

// ConsentModeConfig is about Google's consent mode, and the signals of others that
// say the same.
type ConsentModeConfig struct {
	// `on`, or `off` for no signals. Default: as `guard`.
	Mode string `json:"mode,omitempty"`
	// The categories that a signal needs, all of them; none for one that is always
	// granted. Those that are not named here keep their default.
	Needs map[string][]string `json:"needs,omitempty"`
	// The name of the array that tags read. Default: `dataLayer`.
	Layer string `json:"data_layer,omitempty"`
}

// consentSignals are the consent types of Google's consent mode, with the categories
// that each needs by default ("Consent mode reference", consent types).
var consentSignals = map[string][]string{
	"ad_storage":              {"advertising"},
	"ad_user_data":            {"advertising"},
	"ad_personalization":      {"advertising"},
	"analytics_storage":       {"analytics"},
	"functionality_storage":   {"performance"},
	"personalization_storage": {"performance"},
	"security_storage":        {},
}

var signalsChoice = choice{"google_consent_mode", []string{settingOn, settingOff}}

var globalName = regexp.MustCompile(`^[A-Za-z_$][\w$]*$`)

// signalsData is what signals.js needs.
type signalsData struct {
	Granted []string            `json:"granted"`
	Layer   string              `json:"layer"`
	Needs   map[string][]string `json:"needs"`
}

// signals are on wherever a page is touched: where everything is granted, tags do what
// they do without signals.
func (h *Handler) signals(d *consent.Decision, _ string) (any, bool) {
	return signalsData{h.policy.GrantedNames(d), h.ConsentMode.Layer, h.signalNeeds}, h.ConsentMode.Mode == settingOn
}

// stubs stand in for what is denied.
func (h *Handler) stubs(d *consent.Decision, _ string) (any, bool) {
	stubs := h.policy.Stubs(d)
	return stubs, len(stubs) > 0 && h.Guard == settingOn
}

// checkSignals fills in the defaults and finds what each signal needs. A signal
// whose category the policy does not have is never granted; those are returned.
func (h *Handler) checkSignals(policy *consent.Policy) (missing []string, err error) {
	c := &h.ConsentMode
	if c.Mode == "" {
		c.Mode = h.Guard
	}
	if err := signalsChoice.check(&c.Mode); err != nil {
		return nil, err
	}
	if c.Layer == "" {
		c.Layer = "dataLayer"
	}
	if !globalName.MatchString(c.Layer) {
		return nil, &consent.Error{Subject: "google_consent_mode data_layer", Word: c.Layer, Problem: "want a name like dataLayer, not"}
	}
	h.signalNeeds = make(map[string][]string, len(consentSignals))
	for signal, needs := range consentSignals {
		if own, ok := c.Needs[signal]; ok {
			for _, name := range own {
				if _, ok := policy.Category(name); !ok {
					return nil, consent.UnknownWord("google_consent_mode "+signal, name, "unknown category", categoryNames(policy))
				}
			}
			needs = own
		} else if slices.ContainsFunc(needs, func(name string) bool { _, ok := policy.Category(name); return !ok }) {
			missing = append(missing, signal)
		}
		h.signalNeeds[signal] = needs
	}
	slices.Sort(missing)
	for signal := range c.Needs {
		if _, ok := consentSignals[signal]; !ok {
			return nil, &consent.Error{Subject: "google_consent_mode", Word: signal, Problem: "unknown signal", Nearest: nearest.Word(signal, slices.Sorted(maps.Keys(consentSignals)))}
		}
	}
	return missing, nil
}

// missingWarning says which signals are never granted.
func missingWarning(missing []string) string {
	return fmt.Sprintf("google_consent_mode: the policy lacks the categories that %d signals need by default, "+
		"so that they are never granted; say which categories they need", len(missing))
}

func categoryNames(policy *consent.Policy) []string {
	categories := policy.Categories()
	names := make([]string, len(categories))
	for i := range categories {
		names[i] = categories[i].Name
	}
	return names
}

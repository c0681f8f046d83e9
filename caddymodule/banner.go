package caddymodule

import (
	"cmp"
	"maps"
	"net/http"
	"strings"

	"github.com/caddy-consent/caddy-consent/caddymodule/ui"
	"github.com/caddy-consent/caddy-consent/consent"
)

// bannerShown tells whether pages that are made by a decision bring the banner: where
// this module asks, and the visitor has not answered.
func (h *Handler) bannerShown(d *consent.Decision) bool {
	return !h.Banner.Off && h.asks() && (h.Pages == pagesShared || d.State != consent.Answered)
}

// bannerState is what the banner needs to know.
type bannerState struct {
	Asks          bool             `json:"asks"` // visitors who have not answered are asked by themselves
	Answered      bool             `json:"answered"`
	OptOut        bool             `json:"opt_out"` // who has not answered is taken to agree
	Signal        bool             `json:"signal"`  // the browser denies some categories
	Granted       []string         `json:"granted"`
	Denied        []string         `json:"denied"`
	Categories    []bannerCategory `json:"categories"`
	PrivacyPolicy string           `json:"privacy_policy,omitempty"`
	Lang          string           `json:"lang"`
	Dir           string           `json:"dir"`
	Texts         ui.Texts         `json:"texts"`
}

type bannerCategory struct {
	Name        string `json:"name"`
	Title       string `json:"title"`
	Description string `json:"description,omitempty"`
	Required    bool   `json:"required"`
	Granted     bool   `json:"granted"`
	Signalled   bool   `json:"signalled"` // denied by the browser's signal
	Vendors     int    `json:"vendors"`
}

// serveState tells the banner what to ask, and what was answered.
func (h *Handler) serveState(w http.ResponseWriter, r *http.Request, v visit) error {
	d := &v.decision
	texts, lang, dir := h.textsFor(r)
	state := bannerState{
		Asks: !h.Banner.Off && h.asks(), Answered: d.State == consent.Answered, OptOut: h.Unanswered == answerAllow,
		Granted: h.policy.GrantedNames(d), Denied: h.policy.DeniedNames(d), PrivacyPolicy: h.Banner.PrivacyPolicy,
		Lang: lang, Dir: dir, Texts: maps.Clone(texts),
	}
	maps.DeleteFunc(state.Texts, func(key, _ string) bool { return ofPages(key) })
	for _, c := range h.policy.Categories() {
		named, _ := c.Named()
		told := bannerCategory{
			Name: c.Name, Required: c.Required, Vendors: len(named),
			Granted: h.policy.Granted(d, c.Name), Signalled: h.policy.DeniedBySignal(d, c.Name),
		}
		told.Title, told.Description = inLanguage(&c, texts)
		state.Signal = state.Signal || told.Signalled
		state.Categories = append(state.Categories, told)
	}
	return writeJSON(w, state)
}

// ofPages tells whether a text is one that only the pages of the endpoint show, or the name
// of a category, which stands with it.
func ofPages(key string) bool {
	for _, begin := range [...]string{"page_", "policy_", "receipt_", "category."} {
		if strings.HasPrefix(key, begin) {
			return true
		}
	}
	return false
}

// inLanguage is what a category is called in a language.
func inLanguage(c *consent.CategoryInfo, texts ui.Texts) (title, description string) {
	return cmp.Or(texts[titleKey(c.Name)], c.Title), cmp.Or(texts[descriptionKey(c.Name)], c.Description)
}

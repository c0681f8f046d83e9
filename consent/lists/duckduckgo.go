package lists

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/caddy-consent/caddy-consent/consent"
	"github.com/caddy-consent/caddy-consent/consent/weburl"
)

// tds is what counts of a tds.json.
type tds struct {
	Trackers map[string]tracker
	Entities map[string]struct {
		Domains []string
	}
}

type tracker struct {
	Owner struct {
		Name, DisplayName string
	}
	Default string // block or ignore
	Rules   []trackerRule
}

type trackerRule struct {
	Rule       string // a regular expression
	Action     string
	Options    *matching
	Exceptions *matching
}

// matching says which pages and kinds a rule is for.
type matching struct {
	Domains, Types []string
}

const (
	ruleLeftOut    = "rules that a URL pattern cannot say"
	trackerLeftOut = "trackers with exceptions that a URL pattern cannot say"
	blocks         = "block"
	ignores        = "ignore"
)

// duckDuckGo reads tds.json. Its trackers count on the sites of others only. One that is
// blocked but for exceptions is left out unless all exceptions can be said.
func (l *reader) duckDuckGo(data []byte) error {
	var list tds
	if err := json.Unmarshal(data, &list); err != nil {
		return l.jsonMistake(data, err)
	}
	lines := make(map[string]int, len(list.Trackers))
	if err := walk(data, func(path []string, text string, key bool, line int) error {
		if key && len(path) == 1 && path[0] == "trackers" {
			lines[text] = line
		}
		return nil
	}); err != nil {
		return l.jsonMistake(data, err)
	}
	if len(list.Trackers) == 0 {
		return l.fail(1, `no list of format %s: want {"trackers": {…}}`, DuckDuckGo)
	}
	elsewhere := make(map[string]*consent.Condition)
	// By name within a line, of which a file may have but one.
	inOrder := func(a, b string) int { return cmp.Or(lines[a]-lines[b], strings.Compare(a, b)) }
	for _, domain := range slices.SortedFunc(maps.Keys(list.Trackers), inOrder) {
		t := list.Trackers[domain]
		only := elsewhere[t.Owner.Name]
		if only == nil {
			only = &consent.Condition{Party: consent.ThirdParty, NotSites: hosts(list.Entities[t.Owner.Name].Domains)}
			elsewhere[t.Owner.Name] = only
		}
		if err := l.tracker(domain, &t, only, lines[domain]); err != nil {
			return err
		}
	}
	return nil
}

func hosts(names []string) (out []string) {
	for _, name := range names {
		if host := weburl.Host(name); host != "" {
			out = append(out, host)
		}
	}
	return out
}

// tracker takes the rules of one tracker.
func (l *reader) tracker(domain string, t *tracker, only *consent.Condition, line int) error {
	base := consent.ListURL{Pattern: weburl.Host(domain), Line: line, Entity: t.Owner.DisplayName, Only: only}
	if base.Pattern == "" || t.Default != blocks && t.Default != ignores {
		l.skip(line, notUnderstood, domain)
		return nil
	}
	var rules []consent.ListURL
	if t.Default == blocks {
		rules = append(rules, base)
	}
	for i := range t.Rules {
		more, ok := t.Rules[i].read(&base, t.Default == blocks)
		if !ok && t.Default == blocks {
			l.skip(line, trackerLeftOut, domain)
			return nil
		}
		if !ok {
			l.skip(line, ruleLeftOut, t.Rules[i].Rule)
		}
		rules = append(rules, more...)
	}
	for i := range rules {
		if err := l.add(&rules[i], domain); err != nil {
			return err
		}
	}
	return nil
}

// read says a rule of a tracker in rules of ours; blocked says that the tracker is blocked
// where no rule says otherwise. Without ok that would block more than the list does.
func (r *trackerRule) read(base *consent.ListURL, blocked bool) (out []consent.ListURL, ok bool) {
	rule := *base
	rule.Pattern, ok = literal(r.Rule, base.Pattern)
	if !ok || r.Action != "" && r.Action != blocks && r.Action != ignores {
		// A rule that only blocks what is blocked anyway need not be understood.
		return nil, blocked && r.Exceptions == nil && (r.Action == "" || r.Action == blocks)
	}
	rule.Only, ok = r.Options.narrow(base.Only)
	if !ok {
		return nil, blocked && r.Exceptions == nil && r.Action != ignores
	}
	rule.Allow = r.Action == ignores
	out = append(out, rule)
	if r.Exceptions != nil {
		if rule.Only, ok = r.Exceptions.narrow(rule.Only); !ok || rule.Allow {
			return nil, false
		}
		rule.Allow = true
		out = append(out, rule)
	}
	return out, true
}

// narrow adds what a rule is for to a condition. It is as narrow as the list has it, or not ok.
func (m *matching) narrow(base *consent.Condition) (*consent.Condition, bool) {
	if m == nil {
		return base, true
	}
	c := *base
	if len(m.Domains) > 0 {
		if len(c.Sites) > 0 {
			return nil, false
		}
		if c.Sites = hosts(m.Domains); len(c.Sites) < len(m.Domains) {
			return nil, false
		}
	}
	if len(m.Types) > 0 {
		if c.Kinds != 0 {
			return nil, false
		}
		for _, name := range m.Types {
			kind, ok := kindsOf[strings.ToLower(name)]
			if !ok {
				return nil, false
			}
			c.Kinds |= kind
		}
		if c.Kinds == 0 {
			return nil, false // of what pages themselves do not fetch only
		}
	}
	return &c, true
}

// literal says a regular expression as a URL pattern, if it is the tracker's host with a
// beginning of a path. It may match anywhere in a URL, so it need not end.
func literal(expression, host string) (pattern string, ok bool) {
	var out strings.Builder
	for i := 0; i < len(expression); i++ {
		c := expression[i]
		switch {
		case c == '\\' && i+1 < len(expression) && strings.IndexByte(`./-_?`, expression[i+1]) >= 0:
			i++
			if expression[i] == '?' {
				return "", false // a query
			}
			out.WriteByte(expression[i])
		case c == '.' && i+1 < len(expression) && expression[i+1] == '*':
			i++
			out.WriteByte('*')
		case c == '.' || strings.IndexByte(`\[](){}+?*|^$=&#`, c) >= 0:
			return "", false
		default:
			out.WriteByte(c)
		}
	}
	pattern = out.String()
	name, path, hasPath := strings.Cut(pattern, "/")
	if name != host && !strings.HasSuffix(name, "."+host) {
		return "", false
	}
	if pattern = name; hasPath && path != "" {
		pattern += "/" + strings.TrimRight(path, "*") + "*"
	}
	return pattern, consent.URLPatternProblem(pattern) == ""
}

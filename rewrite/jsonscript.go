package rewrite

import (
	"bytes"
	"encoding/json"
	"strings"
)

// Three kinds of script element hold JSON that makes browsers fetch: import maps
// (HTML section 8.1.6.2), speculation rules (HTML section 7.6) and web bundles (WICG, "Subresource Loading with Web
// Bundles").

// inertModule is what the address of a blocked module becomes.
const inertModule = "data:text/javascript,"

// importMap returns an import map whose blocked addresses are inert. The
// verdict is that on the first of them; if it is Allow, out is nil.
func (r *Rewriter) importMap(text []byte) (out []byte, first Verdict) {
	r.resource = Resource{Kind: Script, Element: "script", Attr: "imports"}
	out = replaceStrings(text, inertModule, func(address string) bool {
		v := r.judgeURL([]byte(address))
		if v.Action == Allow {
			return false
		}
		r.noteBlocked(v)
		if first.Action == Allow {
			first = v
		}
		return true
	})
	return out, first
}

// replaceStrings returns JSON with other text for those of its strings that blocked says yes to, but
// keys; nil if there are none.
func replaceStrings(text []byte, by string, blocked func(string) bool) (out []byte) {
	from := 0
	for i := 0; i < len(text); {
		start := bytes.IndexByte(text[i:], '"')
		if start < 0 {
			break
		}
		start += i
		end := start + 1
		for end < len(text) && text[end] != '"' {
			if text[end] == '\\' {
				end++
			}
			end++
		}
		if end >= len(text) {
			break // no JSON: browsers ignore it
		}
		i = end + 1
		if n := skipSpace(text, i); n < len(text) && text[n] == ':' {
			continue // a key
		}
		var s string
		if json.Unmarshal(withoutNUL(text[start:i]), &s) != nil || !blocked(s) {
			continue
		}
		out = append(append(out, text[from:start+1]...), by...)
		from = end
	}
	if from > 0 {
		out = append(out, text[from:]...)
	}
	return out
}

// withoutNUL is text as the tokenizer hands it on: in script data a NUL, which
// no JSON may hold, becomes U+FFFD (HTML section 13.2.5.4).
func withoutNUL(text []byte) []byte {
	if bytes.IndexByte(text, 0) < 0 {
		return text
	}
	return bytes.ReplaceAll(text, []byte{0}, []byte("\uFFFD"))
}

// An object is a JSON object whose keys are matched as browsers do, with their case. In a struct
// encoding/json would take "URLS" for "urls" too, and it could hide that.
type object map[string]json.RawMessage

// speculationRules decides about a set of rules, or a web bundle. Lists of URLs lose those that are
// blocked: out is what is left of the text then, and v the verdict on the first of them. Whatever else
// is blocked blocks the whole set: it only makes pages faster, so nothing breaks without it. Rules that
// pick links from the document are allowed if they can only match URLs that are allowed.
func (r *Rewriter) speculationRules(text []byte) (out []byte, whole bool, v Verdict) {
	var set object
	if json.Unmarshal(withoutNUL(text), &set) != nil {
		return nil, false, Verdict{} // browsers ignore it
	}
	var rules []json.RawMessage
	for _, list := range set { // of whatever kind
		var some []json.RawMessage
		if json.Unmarshal(list, &some) == nil {
			rules = append(rules, some...)
		}
	}
	r.resource = Resource{Kind: Hint, Element: "script", Attr: "urls"}
	for _, name := range []string{"source", "scopes", "resources"} { // of a bundle
		for _, raw := range listOf(set[name]) {
			var url string
			if json.Unmarshal(raw, &url) != nil {
				continue
			}
			if v := r.judgeURL([]byte(url)); v.Action != Allow {
				return nil, true, v
			}
		}
	}
	blocked, left := make(map[string]bool), false
	for _, raw := range rules {
		var rule object
		var urls []string
		if json.Unmarshal(raw, &rule) != nil || rule["urls"] != nil && json.Unmarshal(rule["urls"], &urls) != nil {
			continue // one that is not valid does not spoil the others
		}
		for _, url := range urls {
			verdict := r.judgeURL([]byte(url))
			if verdict.Action == Allow {
				left = true
				continue
			}
			r.noteBlocked(verdict)
			blocked[url] = true
			if v.Action == Allow {
				v = verdict
			}
		}
		if urls != nil && rule["where"] == nil {
			continue
		}
		verdict, bounded := r.where(rule["where"], 0)
		if !bounded {
			verdict = r.unjudged(Hint, ErrAmbiguous)
		}
		if verdict.Action != Allow {
			return nil, true, verdict
		}
		left = true
	}
	if len(blocked) > 0 && left {
		out = replaceStrings(text, inertURL, func(s string) bool { return blocked[s] })
	}
	return out, len(blocked) > 0 && !left, v
}

// where decides about the predicate by which a rule picks links from the document. bounded is
// false if links to anywhere may match.
func (r *Rewriter) where(predicate json.RawMessage, depth int) (v Verdict, bounded bool) {
	var p object
	if depth > maxNesting || json.Unmarshal(predicate, &p) != nil {
		return Verdict{}, false
	}
	switch {
	case p["href_matches"] != nil:
		for _, pattern := range listOf(p["href_matches"]) {
			if v, bounded = r.hrefPattern(pattern); !bounded || v.Action != Allow {
				return v, bounded
			}
		}
		return v, bounded
	case p["and"] != nil: // all clauses must match, so one that can only match what is allowed suffices
		var first Verdict
		for _, clause := range listOf(p["and"]) {
			v, ok := r.where(clause, depth+1)
			if ok && v.Action == Allow {
				return v, true
			}
			if ok && !bounded {
				first, bounded = v, true
			}
		}
		return first, bounded
	case p["or"] != nil:
		for _, clause := range listOf(p["or"]) {
			if v, bounded = r.where(clause, depth+1); !bounded || v.Action != Allow {
				return v, bounded
			}
		}
		return v, bounded
	}
	return Verdict{}, false // selector_matches, not, or nothing at all
}

// listOf returns the members of a list, or else the one value.
func listOf(value json.RawMessage) []json.RawMessage {
	var list []json.RawMessage
	if json.Unmarshal(value, &list) != nil {
		return []json.RawMessage{value}
	}
	return list
}

// hrefPattern decides about a URL pattern (URL Pattern standard) by its host.
func (r *Rewriter) hrefPattern(pattern json.RawMessage) (v Verdict, bounded bool) {
	var text string
	if json.Unmarshal(pattern, &text) != nil {
		var parts map[string]string
		if json.Unmarshal(pattern, &parts) != nil {
			return Verdict{}, false
		}
		host, named := parts["hostname"]
		if base, ok := parts["baseURL"]; ok {
			text = base
		} else if named {
			text = "https://" + host + "/"
		} else {
			return Verdict{}, true // this site's
		}
	}
	if i := strings.Index(text, "//"); i >= 0 {
		host, _, _ := strings.Cut(text[i+2:], "/")
		if strings.ContainsAny(host, "*{}():?+\\") && !isHostPort(host) {
			return Verdict{}, false
		}
	} else if strings.HasPrefix(text, "*") || strings.Contains(text, ":") {
		return Verdict{}, false
	}
	if i := strings.IndexAny(text, "*{("); i >= 0 {
		text = text[:i]
	}
	return r.judgeURL([]byte(text)), true
}

// isHostPort tells whether a host with a colon in it is a plain one with a port, and no pattern.
func isHostPort(host string) bool {
	name, port, ok := strings.Cut(host, ":")
	return ok && !strings.ContainsAny(name, "*{}()?+\\") && strings.Trim(port, "0123456789") == ""
}

package lists

import (
	"fmt"
	"slices"
	"strings"

	"github.com/caddy-consent/caddy-consent/consent"
	"github.com/caddy-consent/caddy-consent/consent/weburl"
)

// The reasons for which a rule of an Adblock list is left out.
const (
	cosmetic     = "cosmetic rules"
	expression   = "regular expressions"
	queryPart    = "rules for a query"
	badAnchor    = "rules anchored to the start or the end of a URL"
	noSegment    = "rules for a piece of a URL"
	emptyRule    = "rules that match everything"
	notPages     = "rules for what pages themselves do not fetch"
	badSites     = "rules for sites by a wildcard"
	otherOptions = "rules with the option "
	exceptions   = "exceptions that are "
)

// adblockLine reads a line of an Adblock list.
func (l *reader) adblockLine(line string) error {
	switch {
	case line[0] == '!' || line[0] == '[' && strings.HasSuffix(line, "]"):
		return nil
	case line[0] == '#' && (len(line) == 1 || line[1] == ' '):
		return nil // a comment of hosts files, of which some lists have some
	case strings.Contains(line, "##") || strings.Contains(line, "#@#") || strings.Contains(line, "#?#") || strings.Contains(line, "#$#") ||
		strings.Contains(line, "#%#") || strings.Contains(line, "#@?#") || strings.Contains(line, "#@$#") || strings.Contains(line, "$$"):
		l.skip(l.line, cosmetic, line)
		return nil
	}
	body, allow := strings.CutPrefix(line, "@@")
	rule := consent.ListURL{Line: l.line, Allow: allow, Always: allow}
	patterns, disables, reason := networkRule(body, &rule)
	if reason != "" {
		if allow && reason != notUnderstood {
			reason = exceptions + reason // without them more is blocked: this must stand out
		}
		l.skip(l.line, reason, line)
		return nil
	}
	for _, pattern := range patterns {
		rule.Pattern = pattern
		if disables {
			if len(l.disabled) == maxRules {
				return l.fail(l.line, "more than %d rules that disable others", maxRules)
			}
			l.disabled[said(&rule)] = true
			continue
		}
		if err := l.add(&rule, line); err != nil {
			return err
		}
	}
	return nil
}

// networkRule reads a rule without its "@@": its options into rule, and its patterns.
// disables says that it only takes back what another line says.
func networkRule(body string, rule *consent.ListURL) (patterns []string, disables bool, reason string) {
	if len(body) > 2 && body[0] == '/' && (strings.HasSuffix(body, "/") || strings.Contains(body, "/$")) {
		return nil, false, expression
	}
	if i := strings.LastIndexByte(body, '$'); i >= 0 {
		if rule.Only, disables, reason = options(body[i+1:]); reason != "" {
			return nil, false, reason
		}
		body = body[:i]
	}
	if rule.Allow && !disables { // two that are made wider may come out the same
		body = wider(body, rule)
	}
	patterns, reason = urlPatterns(body)
	return patterns, disables, reason
}

// wider makes of an exception one that can be said and that, if anything, excepts more:
// without the scheme that it begins with, the query, and the end of the URL.
func wider(body string, rule *consent.ListURL) string {
	for _, start := range []string{"|https://", "|http://"} {
		if rest, ok := strings.CutPrefix(body, start); ok && !strings.HasPrefix(rest, "*") {
			var only consent.Condition
			if rule.Only != nil {
				only = *rule.Only
			}
			only.Exact = true
			body, rule.Only = "||"+rest, &only
		}
	}
	if i := strings.IndexByte(body, '?'); i >= 0 && strings.Contains(strings.TrimPrefix(body[:i], "||"), "/") {
		return body[:i] + "^"
	}
	if rest, ok := strings.CutSuffix(body, "|"); ok && strings.Contains(strings.TrimPrefix(rest, "||"), "/") {
		return rest + "^"
	}
	return body
}

// takeBack drops the rules that others of the list disable.
func (l *reader) takeBack() {
	if len(l.disabled) == 0 {
		return
	}
	l.out.List.URLs = slices.DeleteFunc(l.out.List.URLs, func(r consent.ListURL) bool { return l.disabled[said(&r)] })
}

// said is all that a rule says, in a text.
func said(r *consent.ListURL) string {
	var only consent.Condition
	if r.Only != nil {
		only = *r.Only
	}
	return fmt.Sprintf("%s %t %+v", r.Pattern, r.Allow, only)
}

// urlPatterns says in this project's patterns what a rule without its options matches,
// or less, or why that cannot be.
func urlPatterns(body string) (patterns []string, reason string) {
	rest, anchored := strings.CutPrefix(body, "||")
	switch {
	case strings.Trim(body, "|*^") == "":
		return nil, emptyRule
	case strings.ContainsAny(body, " \t"):
		return nil, notUnderstood
	case strings.Contains(rest, "|"):
		return nil, badAnchor
	case strings.ContainsAny(body, "?&=#"):
		return nil, queryPart
	case !anchored && strings.HasPrefix(body, "/") && !strings.HasPrefix(body, "//"):
		return pathPatterns(body)
	case !anchored && isHostName(body):
		return nil, noSegment // it would match wherever it stands
	case !anchored:
		if isRuleLike(body) {
			return nil, noSegment
		}
		return nil, notUnderstood
	}
	host, path, hasPath := strings.Cut(rest, "/")
	if !hasPath {
		// "^" is for all that may follow a host. Without it, and with a star, longer hosts
		// match as well, which is left out.
		host = strings.TrimRight(host, "^*")
		if strings.ContainsAny(strings.TrimPrefix(host, "*."), "*^") || isPiece(host) {
			return nil, noSegment
		}
		if !isHostName(strings.TrimPrefix(host, "*.")) {
			return nil, notUnderstood
		}
		return []string{host}, ""
	}
	host = strings.TrimSuffix(host, "^")
	if !isHostName(strings.TrimPrefix(host, "*.")) || isPiece(host) {
		return nil, noSegment
	}
	return ending(host+"/", path), ""
}

// ending adds to a pattern the end of a rule's path: a beginning of what may follow, or,
// before a separator, the whole of it or whole segments.
func ending(pattern, path string) []string {
	whole, separator := strings.CutSuffix(path, "^")
	whole = strings.ReplaceAll(whole, "^", "/") // which may stand for it, among others
	if !separator {
		return []string{pattern + strings.TrimRight(whole, "*") + "*"}
	}
	return []string{pattern + whole, pattern + whole + "/*"}
}

// pathPatterns are those of a rule for a path at whatever host. A URL is asked for them by
// the segments of its path, so the rule must have a whole one.
func pathPatterns(body string) (patterns []string, reason string) {
	path := strings.TrimRight(body, "*")
	whole, separator := strings.CutSuffix(path, "^")
	if path = strings.ReplaceAll(whole, "^", "/"); separator {
		path += "^"
	}
	last := path[strings.LastIndexByte(path, '/')+1:]
	if !hasSegment(path, separator || last == "" || isFile(last)) {
		return nil, noSegment
	}
	for _, front := range []string{"*/", "*/*/"} {
		switch {
		case last == "": // /ads/
			patterns = append(patterns, front+path[1:]+"*")
		case strings.HasSuffix(last, "^"):
			patterns = append(patterns, ending(front, path[1:])...)
		case isFile(last) && path == body: // /ads.js: the file's name ends there
			patterns = append(patterns, front+path[1:])
		default:
			return nil, noSegment
		}
	}
	return patterns, ""
}

// hasSegment tells whether a path names a whole segment; whole says that the last is one.
func hasSegment(path string, whole bool) bool {
	segments := strings.Split(path[1:], "/")
	if !whole {
		segments = segments[:len(segments)-1]
	}
	for _, s := range segments {
		if strings.Trim(s, "^.") != "" && !strings.Contains(s, "*") {
			return true
		}
	}
	return false
}

// isFile tells whether a name ends as files do.
func isFile(name string) bool {
	i := strings.LastIndexByte(name, '.')
	return i > 0 && len(name)-i >= 3 && len(name)-i <= 6 && !strings.ContainsAny(name[i+1:], "*^-_")
}

// isHostName tells whether text has only what hosts have, and a dot.
func isHostName(text string) bool {
	return strings.Contains(text, ".") && !strings.ContainsFunc(text, func(c rune) bool {
		return c != '.' && c != '-' && c != '_' && (c < '0' || c > '9') && (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && c < 0x80
	})
}

// isPiece tells whether a host is none, but a piece of many: "ads.", "192.168.". Hosts are
// read as browsers do, which would make another address of it.
func isPiece(host string) bool {
	last := host[strings.LastIndexByte(host, '.')+1:]
	return last == "" || last[0] >= '0' && last[0] <= '9' && weburl.Host(host) != host
}

// isRuleLike tells whether text may be a rule for a piece of a URL: garbage mostly is not.
func isRuleLike(text string) bool {
	return strings.ContainsAny(text, "/.-_^*") && !strings.ContainsFunc(text, func(c rune) bool {
		return c <= ' ' || c >= 0x7F || strings.ContainsRune(`"'<>\{}`+"`", c)
	})
}

// kindsOf are the options for what is fetched.
var kindsOf = map[string]consent.Kinds{
	"script": consent.KindScript, "image": consent.KindImage, "stylesheet": consent.KindStyle, "css": consent.KindStyle,
	"subdocument": consent.KindFrame, "frame": consent.KindFrame, "media": consent.KindMedia,
	"object": consent.KindObject, "object-subrequest": consent.KindObject, "ping": consent.KindOther, "beacon": consent.KindOther, "other": consent.KindOther,
	// A page does not fetch these itself.
	"xmlhttprequest": 0, "xhr": 0, "websocket": 0, "webrtc": 0, "font": 0, "document": 0, "doc": 0, "popup": 0, "popunder": 0,
}

// options reads what stands behind a rule's "$". A reason is given if it says what a
// condition cannot. disables is the option "badfilter".
func options(text string) (only *consent.Condition, disables bool, reason string) {
	var c consent.Condition
	typed, negated, without := false, false, consent.Kinds(0)
	for option := range strings.SplitSeq(text, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(option), "=")
		name = strings.ToLower(name)
		plain, not := strings.CutPrefix(name, "~")
		kind, isKind := kindsOf[plain]
		switch {
		case name == "third-party" || name == "3p" || name == "~first-party" || name == "~1p":
			c.Party = consent.ThirdParty
		case name == "first-party" || name == "1p" || name == "~third-party" || name == "~3p":
			c.Party = consent.FirstParty
		case isKind && not:
			without |= kind
			typed, negated = true, true
		case isKind:
			typed = true
			c.Kinds |= kind
		case name == "domain" || name == "from":
			if !sites(&c, value) {
				return nil, false, badSites
			}
		case name == "badfilter":
			disables = true
		case name == "important" || name == "match-case" || name == "all" || name == "":
			// important makes a rule overrule exceptions, which is more, and paths are
			// compared with their case anyway.
		default:
			return nil, false, otherOptions + shorten(plain)
		}
	}
	if typed {
		if c.Kinds == 0 && negated {
			c.Kinds = consent.AllKinds
		}
		if c.Kinds &^= without; c.Kinds == 0 {
			return nil, false, notPages
		}
	}
	if c.Kinds == 0 && c.Party == consent.AnyParty && c.Sites == nil && c.NotSites == nil {
		return nil, disables, ""
	}
	return &c, disables, ""
}

// sites reads the value of "domain=": sites between bars, of which those after "~" are
// excluded.
func sites(c *consent.Condition, value string) bool {
	for word := range strings.SplitSeq(value, "|") {
		name, not := strings.CutPrefix(word, "~")
		name, anywhere := strings.CutSuffix(name, ".*")
		host := weburl.Host(name)
		if host == "" || strings.Contains(name, "*") || strings.Contains(name, "/") {
			return false
		}
		if anywhere {
			host += ".*"
		}
		if not {
			c.NotSites = append(c.NotSites, host)
		} else {
			c.Sites = append(c.Sites, host)
		}
	}
	return true
}

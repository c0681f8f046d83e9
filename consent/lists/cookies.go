package lists

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/caddy-consent/caddy-consent/consent"
)

// The columns of the Open Cookie Database, in lower case.
const (
	cookieColumn   = "cookie / data key name"
	categoryColumn = "category"
	domainColumn   = "domain"
	wildcardColumn = "wildcard match"
	entityColumn   = "data controller"
)

const (
	thirdPartyCookies = "cookies of other sites, which this one neither sets nor gets"
	neededCookies     = "cookies that the list itself calls functional, necessary or security (\"only\" takes them)"
)

// needed are the categories of cookies without which sites do not work. Nobody who imports a
// list of trackers means them, so they must be asked for.
var needed = []string{"functional", "necessary", "security"}

// cookies reads the Open Cookie Database: a header, and a row for each cookie. "1" in the
// wildcard column says that the name is a beginning. A row with a domain is about a cookie
// that some other site has: a cookie of this site may have that name for other reasons.
func (l *reader) cookies(data []byte) error {
	in := csv.NewReader(bytes.NewReader(data))
	in.ReuseRecord = true
	header, err := in.Read()
	if err != nil {
		return l.csvMistake(err)
	}
	column := map[string]int{}
	for i, name := range header {
		column[strings.ToLower(strings.TrimSpace(name))] = i
	}
	for _, name := range []string{cookieColumn, categoryColumn, domainColumn, wildcardColumn, entityColumn} {
		if _, ok := column[name]; !ok {
			return l.fail(1, "no list of format %s: the header has no column %q", Cookies, name)
		}
	}
	there := map[string]bool{}
	for {
		row, err := in.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return l.csvMistake(err)
		}
		field := func(name string) string { return strings.TrimSpace(row[column[name]]) }
		line, _ := in.FieldPos(column[cookieColumn])
		name, domain := field(cookieColumn), strings.ToLower(field(domainColumn))
		if !l.takes(field(categoryColumn)) {
			continue
		}
		if len(l.Only) == 0 && slices.Contains(needed, strings.ToLower(field(categoryColumn))) {
			l.skip(line, neededCookies, name)
			continue
		}
		if domain != "" && !strings.Contains(domain, "1st party") && !strings.Contains(domain, "first party") {
			l.skip(line, thirdPartyCookies, name)
			continue
		}
		if field(wildcardColumn) == "1" && !strings.HasSuffix(name, "*") {
			name += "*"
		}
		if problem := consent.CookiePatternProblem(name); problem != "" {
			l.skip(line, problem, name)
			continue
		}
		c := consent.ListCookie{Pattern: name, Line: line, Entity: field(entityColumn)}
		if !there[name] {
			there[name] = true
			l.out.List.Cookies = append(l.out.List.Cookies, c)
		}
	}
}

func (l *reader) csvMistake(err error) error {
	if syntax := (*csv.ParseError)(nil); errors.As(err, &syntax) {
		return l.fail(syntax.Line, "%w", syntax.Err)
	}
	return l.fail(1, "%w", err)
}

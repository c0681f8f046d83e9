// Package consent decides what may happen on a site, given what its visitor
// chose. It knows categories, vendors, cookies and URLs; it knows nothing of
// HTML, of http.ResponseWriter or of Caddy.
//
// # How it works
//
// A site's [Config] (its categories, its own vendors, the catalog, its
// settings) is compiled once by [Compile] into a [Policy]. A Policy is
// immutable and is shared by all requests without locks. For each request
// [Policy.Decide] reads the raw Cookie header, applies the opt-out signals
// and returns a [Decision]: a small value that holds the [Set] of granted
// categories. Everything after that asks the Policy with the Decision in hand:
//
//	Policy.URL     may this resource be fetched?      -> Verdict
//	Policy.Inline  may this inline script run?        -> InlineVerdict
//	Policy.Cookie  may this cookie be set or be sent? -> CookieVerdict
//
// # Rules
//
// A URL belongs to at most one vendor: the one with the most specific rule
// (host labels, then literal path length, then query tests; on a tie the
// site's own rule wins over the catalog's, and that over an imported vendor's). Where
// no vendor has a rule, those of a [List] count. An inline script belongs to every
// vendor one of whose patterns occurs in it, and needs all their categories. A cookie name
// belongs to whoever has the most specific pattern for it; where several
// vendors share that pattern, one that is granted suffices.
//
// A vendor is granted when every category it belongs to is. One that belongs to a category
// the site does not have is never granted.
//
// # Files
//
//	config.go, vendor.go, list.go, stub.go
//	              what is configured
//	compile.go    how it becomes a policy.go: compilerules.go, compilesources.go;
//	              errors.go, hash.go
//	decide.go     a request's decision: sources.go, own.go (sign.go), set.go
//	urlindex.go   the rule for a URL: urlpattern.go, querytest.go, glob.go; hostrules.go finds
//	              those of a host in hosttable.go and has perhost.go remember them; domain.go
//	inline.go     the vendors of a script: inlinepattern.go, inlineindex.go and
//	              inlinegrams.go find patterns; inlineurl.go finds URLs in the literals that
//	              jslex.go cuts out, if inlinequick.go says that it may; inlinedata.go tells
//	              data from what runs; keep.go, what must run; inlineguarded.go, by
//	              jsregions.go, what a page's guard sees to
//	cookierule.go the rule for a cookie: cookietrie.go; cookieheader.go filters a header,
//	              tolerance.go is what denied ones may still do
//	report.go     what a policy tells of itself; explain.go, which rule decides;
//	              guard.go and sourceexpr.go, its rules for browsers
//
// # Failing closed
//
// Whatever cannot be read is no consent: a cookie that is malformed, signed
// wrongly, too large, sent twice, too old, from the future, or of another
// revision leaves the visitor unanswered, and the Decision says why.
package consent

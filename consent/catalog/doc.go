// Package catalog holds the vendors that everybody knows, as data: one JSON
// file per category, sorted by id, one vendor a block. Changing a vendor is
// changing its block; no code knows any of them.
//
// A vendor belongs to the category its file is named for, unless its block
// names "categories" itself. The fields are those of [consent.Vendor]:
//
//	id        what a policy calls it
//	name      what visitors read
//	company   who gets the data
//	group     a second id that several vendors share
//	urls      URL patterns; the most specific of all vendors' wins
//	inline    text by which its inline scripts are recognised
//	cookies   first-party cookies, with purpose, lifetime and "keep"
//	stubs     what stands in for its JavaScript while it is not loaded
//	privacy   its privacy policy
//	sources   where the facts are from
//
// testdata has a file beside each: what every vendor must recognise, and the
// near misses that it must not. never.json there is what nobody may block,
// and opencookiedatabase.json says where the catalog judges a cookie
// differently, and why. [Parse] (catalog.go) reads the format for operators' own files
// too, and says in which line a mistake is (line.go); schema has its JSON Schema.
package catalog

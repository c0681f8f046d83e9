// Package lists reads the lists of trackers that others publish, so that an
// operator can import them.
//
// [Read] tells the formats apart by their content:
//
//	hosts       a hosts file: "0.0.0.0 host", which is that very host, or a plain
//	            host a line, which is the host and its subdomains; # comments
//	adblock     network rules: ||host^, ||host/path, /path/*, @@ exceptions, options
//	disconnect  services.json of Disconnect
//	duckduckgo  tds.json of DuckDuckGo
//	cookies     open-cookie-database.csv of the Open Cookie Database
//	catalog     a catalog file of this project: see package catalog
//
// Reading is strict in one way: nothing is made broader than it was written. A
// rule with a part that cannot be said in a [consent.ListURL] is left out, not
// read without that part. Some become narrower: paths are compared with their
// case, and "/ads/*" is looked for in the path only. An exception of an Adblock
// list is the other way round: it is read without its query, or as one of any
// scheme, and counts before all rules that block, however specific. What is left
// out is counted by reason, exceptions by reasons of their own, with the first
// lines: see [Skipped].
//
// It is also strict with what is no list: a file that is mostly not understood,
// has lines or a size beyond all bounds, or is no text is refused, with line and
// reason. Memory is bounded by the limits below and by the number of rules.
//
// One file has one format: read.go opens it and tells which; lines.go reads formats that are made
// of lines (hosts, and adblock.go), json.go those that are one value (disconnect.go, duckduckgo.go),
// and cookies.go the CSV.
package lists

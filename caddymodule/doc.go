// Package caddymodule puts consent enforcement into Caddy: the handler
// http.handlers.consent and its Caddyfile directive. It is glue. What may
// happen is decided in package consent, how a page changes in package rewrite.
// What neither Caddy nor a policy has a part in, because a standard says it, is in packages of its own:
//
//	internal/charset        the character encodings of documents
//	internal/contentcoding  gzip, br and the like, undone and redone
//	internal/httpfield      the fields of headers: lists, types, cookies, dates
//
// Folder ui has what visitors see and what runs in their browsers; cmd, a Caddy with this module alone.
//
// # The way of a response
//
// The handler asks the policy for the visitor's decision, answers the consent
// endpoint itself, and passes every other request on with a writer of its own
// in place of Caddy's:
//
//	handler.go    the request: decision, endpoint; visit.go, what is known of it
//	idleness.go   a handler that never acts
//	request.go    what the backend gets to see of it; placeholders; gpc.go, what
//	              browsers are told of their signal; errorroute.go, what error routes find
//	writer.go     the response: headers are filtered before anything of them can leave;
//	              writerpage.go, what a document needs before its body; writerend.go, how it
//	              ends; ranges.go, parts of documents
//	body.go       the body, if it is to be rewritten (uninspectable.go, if it cannot be):
//	                decoder -> rewrite.Rewriter -> encoder -> hold-back -> Caddy
//	bodytext.go   of that, what is done to text
//	holdback.go   the last of these: few writes, and the header with the first;
//	              outside.go, which of Caddy's handlers see it then
//	following.go  the short way of a page that was met before, byte for byte:
//	              recording.go notes what becomes of one, pagememory.go keeps it
//	pageparts.go  what a page gets beside what is taken out of it; early.go, the
//	              script that runs before all others
//	clean.go      pages that are known to need no rewriting; generations.go, how
//	              much of them is remembered
//	document.go   which responses are documents; sniff.go, by their first bytes; purpose.go and jsonstart.go, which are
//	              only sent as such
//	coding.go     content codings in and out
//	judge.go      the rewriter's questions, answered by the policy; blocked.go, what is
//	              counted of the answers;
//	              placeholder.go, what stands in a blocked frame
//	header.go     which fields of a header are filtered, and by which file:
//	                setcookie.go, linkheader.go, reporting.go, reporturi.go, and
//	                fetchheaders.go for the others and what these have in common;
//	                redirect.go, where a page's own address leads
//	caching.go    Vary and Cache-Control
//	validators.go entity tags that name the version of a page; nopages.go, URLs that have
//	              answered with none
//	withdrawal.go cookies that must go from the browser
//	endpoint.go   /.consent/: preferences.go, where a visitor chooses; choice.go, what becomes
//	              of that; answers.go, what all its answers have in common
//	banner.go     what the banner asks for; texts.go, its words; bridge.go, another
//	              manager's answer
//	records.go    what is logged of a choice; receipt.go, what its visitor sees of it
//	early.go      the script that runs first in pages; guard.go, its part that
//	              judges what scripts do; signals.go, what it tells tags; earlyscripts.go
//	              keeps it compressed
//	cspnet.go     a Content-Security-Policy made of the decision; cspreport.go, what browsers
//	              report of it; csppage.go, what those of a page say of this module's scripts
//	policypage.go the cookie policy, as it is in force
//	matcher.go    a request matcher that asks for the decision
//	outcome.go    what a set of granted categories comes to, worked out once
//	metrics.go    what is counted; inventory.go, whom pages name and which
//	              cookies there are; admin.go shows it
//	config.go     what is configured, and how it becomes a policy; check.go, what is wrong with it
//	lists.go      the operator's own lists
//	command.go    caddy consent: command_decode.go, command_explain.go (and _page.go, _form.go)
//	              and command_vendors.go; command_origins.go, where rules stand
//	caddyfile.go  the directive: caddyfile_settings.go, caddyfile_source.go; every
//	              mistake is reported with file and line
//
// A response of which nothing can change takes none of that way after its
// headers: its writer steps aside, and sendfile still works.
package caddymodule

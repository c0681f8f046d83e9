// Package ui holds what a visitor sees, and what runs in a visitor's browser: plain files,
// embedded, without a framework or a build step.
//
//	preferences.html, receipt.html, policy.html (policy.md.tmpl)   the pages of the endpoint
//	style.css      their looks
//	banner.js      asks; banner.css, its looks; theme.css, what placeholders have of them, too
//	release.js     gives back what is held, once it is allowed; release-scripts.js, in which order
//	               scripts run, release-late.js and release-written.js, what they find that run late
//	placeholder.js what stands in a blocked frame; placeholder.html and .css
//	guard.js       applies the decision to what scripts do: guard/*.js, which it names in their order
//	signals.js     tells tags of the decision; stubs.js stands in for what is held
//	bridge.js      hands on the answer of a consent manager
//	trusted.js, address.js   what several of them need: Trusted Types, and where a script is from
//	texts/*.json   what they say, a language each
//
// ui.go gives them out, minify.go makes scripts small, texts.go chooses a language; policy.go, placeholder.go
// and receipt.go are what the pages of those names show.
//
// A line "// include file" in an asset is replaced by that file ([Asset]). Scripts are made
// smaller when they are first asked for: [Script] makes one a function of its own, [Small] a block,
// for the early script, which is one function around several.
package ui

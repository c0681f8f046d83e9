// Releases, in a page that was made for everybody, what this visitor allows.
//
// What is held names its vendors in data-consent. The server is asked which of
// them are granted; elements all of whose vendors are get back what was taken
// from them, in document order. Scripts run one after another, as the parser
// would have run them: each waits for the one before, unless that is async.
(() => {
	"use strict";

	const mark = "data-consent";
	const prefix = "data-consent-";
	const self = document.currentScript;
	if (!(self instanceof HTMLScriptElement)) return; // something in the page has taken its name
	const endpoint = self.src.replace(/[^/]*$/, "");

	const held = (root) => {
		const found = [...root.querySelectorAll(`[${mark}]`)];
		for (const template of root.querySelectorAll("template")) found.push(...held(template.content));
		return found;
	};
	const vendors = (element) => element.getAttribute(mark).split(" ").filter(Boolean);

	// What people write into a page may pass a sanitizer as data-*. So only what
	// the rewriter takes is given back: a handler leaves ";" behind, links and forms
	// keep their targets, and no URL that is code is renamed but in a frame's src.
	const taken = (element, name, value) => {
		if (/^on/i.test(name)) return element.getAttribute(name) === ";";
		if (/^(a|area|form|button|input)$/.test(element.localName) && /(href|action)$/i.test(name)) return false;
		return !/^[\s\0-\x1f]*javascript:/i.test(value);
	};

	// Attributes as they were: what was renamed has its name again, what stood in
	// its place is gone.
	const restore = (element) => {
		const text = element.getAttribute(prefix + "text");
		const names = element.getAttributeNames();
		if (element.localName === "iframe" && element.hasAttribute(prefix + "src") && !element.hasAttribute(prefix + "srcdoc")) {
			element.removeAttribute("srcdoc"); // the placeholder's
		}
		element.removeAttribute(mark);
		element.removeAttribute(prefix + "text");
		if (element.localName === "script" && element.type === "text/plain") element.removeAttribute("type");
		for (const name of names) {
			const at = name.indexOf(prefix);
			if (at < 0 || name === prefix + "text") continue;
			const original = name.slice(0, at) + name.slice(at + prefix.length);
			const value = element.getAttribute(name);
			element.removeAttribute(name);
			if (!taken(element, original, value)) continue;
			if (original.startsWith("xlink:")) {
				element.setAttributeNS("http://www.w3.org/1999/xlink", original, value);
			} else {
				element.setAttribute(original, value);
			}
		}
		if (text !== null) element.textContent = text;
	};

	// A new script takes the place of the one that is held: that one would run by
	// itself as soon as it had its src again, in whatever order.
	const run = (held) =>
		new Promise((done) => {
			const old = held.cloneNode(true);
			restore(old);
			const script = document.createElementNS(old.namespaceURI, "script");
			for (const { name, value } of old.attributes) script.setAttribute(name, value);
			if (held.nonce) script.nonce = held.nonce;
			script.textContent = old.textContent;
			const external = script.hasAttribute("src") || script.hasAttribute("href");
			const waits = (external && !script.hasAttribute("async")) || script.type === "module";
			if (external && !script.hasAttribute("async")) script.async = false;
			// A page that is there already is not to be written anew.
			const write = document.write;
			document.write = document.writeln = (...parts) => script.insertAdjacentHTML("afterend", parts.join(""));
			const finish = () => {
				document.write = write;
				done();
			};
			if (waits) {
				script.addEventListener("load", finish);
				script.addEventListener("error", finish);
			}
			held.replaceWith(script);
			if (!waits) finish();
		});

	const release = async () => {
		const elements = held(document);
		const named = [...new Set(elements.flatMap(vendors))];
		if (named.length === 0) return;
		const answer = await fetch(`${endpoint}granted?vendors=${named.join(",")}`, { credentials: "same-origin", cache: "no-store" });
		if (!answer.ok) return;
		const granted = new Set((await answer.json()).granted);
		for (const element of elements) {
			const names = vendors(element);
			if (names.length === 0 || !names.every((vendor) => granted.has(vendor))) continue;
			if (element.localName === "script" && element.isConnected) await run(element);
			else restore(element);
		}
	};

	if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", release);
	else release();
})();

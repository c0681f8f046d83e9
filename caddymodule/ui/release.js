// Releases in a page what this visitor allows: in one that was made for everybody, and,
// with data-chosen, after a choice.
//
// What is held names its vendors in data-consent. The server is asked which of
// them are granted; elements all of whose vendors are get back what was taken
// from them, in document order. Scripts run as the parser would have run them:
// one after another, those that are deferred behind all others, and nobody waits for
// those that are async.
// include trusted.js
// include address.js
// include release-scripts.js
// include release-written.js
// include release-late.js

const mark = "data-consent";
const prefix = "data-consent-";
const turn = Symbol.for("consent.release"); // on document: what the release before has left

const start = (self) => {
	const endpoint = placeOf(self).replace(/[^/]*$/, "");

	// Also in templates and shadow trees, where they stand.
	const held = (root) =>
		[...root.querySelectorAll("*")].flatMap((element) => [
			...(element.hasAttribute(mark) ? [element] : []),
			...(element.shadowRoot ? held(element.shadowRoot) : []),
			...(element instanceof HTMLTemplateElement ? held(element.content) : []),
		]);
	const vendors = (element) => element.getAttribute(mark).split(" ").filter(Boolean);

	// What people write into a page may pass a sanitizer as data-*. So only what
	// the rewriter takes is given back: a handler leaves ";" behind, a style what is
	// left of it, links and forms keep their targets, and no URL that is code is
	// renamed but in a frame's src.
	const fetching = new RegExp(`^(?:(?:xlink:)?href|src|srcset|imagesrcset|data|poster|background|content|ping|attributionsrc|by|from|to|values|archive|code|codebase|object|clip-path|cursor|fill|filter|mask|stroke|marker(?:-start|-mid|-end)?|data-(?:lazy-)?src(?:set)?|data-lazy|data-original(?:-set)?)$`);
	const taken = (element, name, value) => {
		if (/^on/i.test(name)) return element.getAttribute(name) === ";";
		if (name === "type") return element.localName === "script";
		if (name === "style") return element.hasAttribute(name);
		if (name === "srcdoc") return element.hasAttribute(name) && releases(element.getAttribute(name), value);
		if (/^(a|area|form|button|input)$/.test(element.localName) && /(href|action)$/i.test(name)) return false;
		return fetching.test(name) && !/(?:^|;)[\s\0-\x1f]*javascript:/i.test(value.replace(/[\t\n\r]/g, ""));
	};
	// A frame's document is what its held form becomes, and no other.
	const releases = (inert, text) => {
		const [from, to] = [inert, text].map((html) => new DOMParser().parseFromString(trusted.html(html), "text/html"));
		held(from).forEach(restore);
		return from.documentElement.isEqualNode(to.documentElement);
	};

	// Attributes as they were: what was renamed has its name again, what stood in
	// its place is gone.
	const restore = (element) => {
		const text = element.getAttribute(prefix + "text");
		const [inert, srcdoc] = [element.getAttribute("srcdoc"), element.getAttribute(prefix + "srcdoc")];
		if (element.localName === "iframe" && element.hasAttribute(prefix + "src") && !(srcdoc !== null && releases(inert ?? "", srcdoc))) {
			element.removeAttribute("srcdoc"); // the placeholder's
		}
		element.removeAttribute(mark);
		element.removeAttribute(prefix + "text");
		if (element.localName === "script" && element.type === "text/plain") element.removeAttribute("type");
		for (const name of element.getAttributeNames()) {
			const at = name.indexOf(prefix);
			if (at < 0) continue;
			const original = name.slice(0, at) + name.slice(at + prefix.length);
			const value = element.getAttribute(name);
			element.removeAttribute(name);
			if (!taken(element, original, value)) continue;
			trusted.set(element, original, value, original === "xlink:href" ? xlink : null);
		}
		if (text !== null && /^(style|script)$/.test(element.localName)) element.textContent = element.localName === "script" ? trusted.script(text) : text;
		// A player looks at its sources once.
		if (element.localName === "source" && element.parentNode instanceof HTMLMediaElement) element.parentNode.load();
	};

	// Style sheets that have come back: scripts behind them may ask how things look.
	let sheets = [];
	const styled = async () => {
		const waits = sheets;
		sheets = [];
		await Promise.race([Promise.all(waits), new Promise((done) => setTimeout(done, 3000))]); // one may say nothing
	};

	// wantsNonce tells whether a policy may want one: without any, scripts may have nonces all the same, copied with
	// them from some documentation. Of policies in the header the guard and the banner know.
	const wantsNonce = () => document[Symbol.for("consent.nonce")] !== "" || document.querySelector("meta[http-equiv='content-security-policy' i]");

	// trustsAll tells whether the page's policy lets pass whatever a script inserts
	// ('strict-dynamic'); a policy that does not reports the probe.
	const trustsAll = () =>
		new Promise((done) => {
			const probe = document.createElement("script");
			probe.onload = () => done(true);
			probe.onerror = () => done(false);
			probe.src = trusted.url("data:text/javascript,");
			document.head.append(probe);
			probe.remove();
		});

	const isSheet = (element) => element instanceof HTMLLinkElement && element.relList.contains("stylesheet") && element.hasAttribute("href");

	const put = async (elements) => {
		const scripts = new Map(); // held -> {script, kind}
		for (const element of elements) {
			if (!isScript(element) || !element.isConnected) continue;
			try {
				const old = element.cloneNode(true);
				restore(old);
				const script = renew(old, element.nonce);
				scripts.set(element, { script, kind: kindOf(script) });
			} catch (error) {
				report(error); // it stays as it is
			}
		}
		// The page's policy may trust whatever a script inserts that has its nonce. Then a
		// script without it, which is kept out where it stands in the page, is not put in here.
		const strict = self.nonce && scripts.size > 0 && wantsNonce() && (await trustsAll());
		const allowed = (script) => !strict || script.nonce === self.nonce;
		for (const [element, { script }] of scripts) {
			if (allowed(script)) continue;
			scripts.delete(element);
			elements.splice(elements.indexOf(element), 1);
		}
		const links = [...scripts.values()].map(({ script, kind }) => fetchEarly(script, kind));
		const deferred = [];
		const writes = catchWrites(allowed, (held, script) => deferred.push({ held, script }));
		for (const element of elements) {
			const { script, kind } = scripts.get(element) ?? {};
			try {
				if (isScript(element) && !script && element.isConnected) continue;
				if (!script || !element.isConnected) {
					restore(element);
					if (isSheet(element)) sheets.push(settled(element));
				} else if (kind === "deferred") {
					deferred.push({ held: element, script });
				} else if (kind === "inline" || kind === "blocking") {
					await styled();
					await writes.run(element, script, kind);
				} else {
					element.replaceWith(script);
				}
			} catch (error) {
				report(error); // the others come all the same
			}
		}
		await styled();
		writes.giveBack();
		// They are fetched side by side, and run in this order. A module without an address
		// does not tell when it has run: then this script comes once more, as the last.
		const last = document.createElement("script");
		Object.assign(last, { src: trusted.url(placeOf(self)), nonce: self.nonce, async: false });
		last.setAttribute("data-last", "");
		const inTurn = deferred.filter(({ held }) => held.isConnected);
		const done = inTurn.filter(({ script }) => addressOf(script) !== null).map(({ script }) => settled(script));
		for (const { held, script } of inTurn) held.replaceWith(script);
		if (done.length < inTurn.length) {
			done.push(settled(last));
			document.head.append(last);
		}
		await Promise.all(done);
		last.remove();
		for (const link of links) if (link) link.remove();
	};

	const release = async () => {
		const elements = held(document);
		const named = [...new Set(elements.flatMap(vendors))].filter((name) => /^[\w-]+$/.test(name));
		if (named.length === 0 && !self.hasAttribute("data-chosen")) return;
		// As many at a time as the server answers for, however many a page names.
		const granted = new Set();
		let categories, denied;
		do {
			const url = `${endpoint}granted?vendors=${named.splice(0, 400).join(",")}`;
			const answer = await fetch(url, { credentials: "same-origin", cache: "no-store" });
			if (!answer.ok) return;
			const part = await answer.json();
			({ categories, denied } = part);
			for (const name of part.granted) granted.add(name);
		} while (named.length > 0);
		const tell = (type, more) => document.dispatchEvent(new CustomEvent(type, { detail: { granted: categories, denied, ...more } }));
		// What follows is allowed now. Signals and stand-ins want to know before it
		// runs; the guard has to.
		const waits = [];
		tell("consent:release", { waits });
		await Promise.allSettled(waits);
		const free = elements.filter((element) => vendors(element).length > 0 && vendors(element).every((vendor) => granted.has(vendor)));
		if (free.length > 0) {
			const late = listenLate();
			mine.close = late.close;
			await put(free).catch(report);
			late.finish();
		}
		tell("consent:change");
	};

	// One release after the other: what the one before still listens for is over then.
	const before = document[turn];
	const mine = { start, endpoint, close: () => {} };
	mine.done = (async () => {
		if (before) {
			await before.done.catch(() => {});
			before.close();
		}
		await release();
	})();
	Object.defineProperty(document, turn, { value: mine, configurable: true });
};

const me = document.currentScript;
if (me instanceof HTMLScriptElement && !me.hasAttribute("data-last")) { // nothing in the page has taken its name
	// The first release of a page does all: what it may vouch for (trusted.js) it may once.
	const begin = () => {
		const before = document[turn];
		(before && placeOf(me).startsWith(before.endpoint) ? before.start : start)(me);
	};
	if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", begin);
	else begin();
}

// How an element is held, as the server does it, and given back.

// hold makes an element inert as the server does: release.js gives it back.
const hold = (el, name, value, mark, rest) => {
	const marks = get(el, "data-consent")?.split(" ") || [];
	put(el, "data-consent", [...new Set([...marks, mark])].join(" "));
	put(el, "data-consent-" + name.replace(/^xlink:/, ""), value);
	if (rest) put(el, name, rest);
	else drop(el, name);
	if (el.localName === "script") retype(el);
	if (is(el, failing)) fails(el);
	if (name === "src") placehold(el);
};
const retype = (script) => {
	const type = get(script, "type");
	if (type === "text/plain") return;
	if (type !== null) put(script, "data-consent-type", type);
	put(script, "type", "text/plain");
};
const failing = /^(img|script|link|video|audio|embed|object)$/;
const soon = new win.WeakSet();
const fails = (el) => {
	if ((loads(el) && !el.isConnected) || soon.has(el)) return;
	soon.add(el);
	win.setTimeout(() => {
		soon.delete(el);
		if (get(el, "data-consent")) el.dispatchEvent(new win.Event("error"));
	});
};
// placehold asks the server what to show in a frame that is held, as it does itself in those of the page: not in one that
// nobody sees, nor where the page has a document for it.
const { fetch: ask } = win;
const placed = new win.WeakSet();
const placehold = (el) => {
	if (!data.guard.frames || el.localName !== "iframe") return;
	win.setTimeout(async () => {
		const url = get(el, "data-consent-src");
		const waits = () => url && get(el, "data-consent-src") === url && (get(el, "srcdoc") === null || placed.has(el)) && el.offsetWidth > 99 && el.offsetHeight > 49;
		if (!waits()) return;
		const answer = await apply(ask, win, [`${path}/frame.json?url=${encodeURIComponent(new URL(url, base()).href)}`]).catch(() => 0);
		const shown = answer.ok && (await answer.json()).document;
		if (!shown || !waits()) return;
		placed.add(el);
		put(el, "srcdoc", trust("HTML", shown));
	}, 99);
};
const unplace = (el) => placed.delete(el) && drop(el, "srcdoc");
const unhold = (el, name) => {
	if (get(el, "data-consent-" + name) === null) return;
	if (name === "src") unplace(el);
	drop(el, "data-consent-" + name);
	if (el.getAttributeNames().some((n) => /^data-consent-(?!type)/.test(n))) return;
	drop(el, "data-consent");
	if (el.localName !== "script") return;
	const type = get(el, "data-consent-type");
	drop(el, "type");
	if (type !== null) put(el, "type", type);
	drop(el, "data-consent-type");
};
// clicked tells that the visitor's own click in a frame's placeholder gives its URL back, once.
const clicked = (el, name, value) => {
	try {
		const { event, navigator } = el.contentWindow;
		return name === "src" && event.isTrusted && event.type === "click" && navigator.userActivation.isActive && value === get(el, "data-consent-src");
	} catch {} // no frame, or another site's
};
// edits tells whether a visitor edits there: what editors and sanitizers read back is what they had written, and so
// nothing is held but scripts and links, which no editor keeps.
const edits = (el) => apply(closest, el, ["[contenteditable]:not([contenteditable=false])"]); // isContentEditable would have styles computed
const nodeOf = (place) => place.startContainer ?? place; // a place is a node, or a range
const editing = (place) => {
	const node = nodeOf(place);
	const el = node.nodeType === 1 ? node : node.parentElement;
	return (node.ownerDocument ?? node).designMode === "on" || (el && !loads(el) && edits(el));
};
// lives tells whether what is put there may contact anyone: not in documents that nobody sees.
const lives = (place) => {
	const node = nodeOf(place);
	return (node.ownerDocument ?? node).defaultView && !editing(node);
};
// edited gives attributes back that were held before they came to such a place.
const edited = (node) => {
	for (const el of all(node, "[data-consent]")) {
		if (!el.localName || is(el, /^(script|link|style)$/) || !get(el, "data-consent")) continue;
		drop(el, "data-consent");
		for (const name of el.getAttributeNames()) {
			const [, own] = /^data-consent-(.+)/.exec(name) || [];
			if (own) put(el, own, get(el, name));
			if (own) drop(el, name);
		}
	}
};
// What the server holds fails as what is held here does: a page may wait for it.
doc?.addEventListener("DOMContentLoaded", () => {
	for (const el of doc.querySelectorAll("[data-consent]")) {
		const from = get(el, "data-consent-src") || get(el, "data-consent-href") || get(el, "data-consent-data");
		if (is(el, failing) && from && judge(from)) fails(el);
	}
});
// attribute is called where one is about to be set; it tells whether it is held.
const attribute = (el, name, given) => {
	const judgeIt = rule(el, name);
	const other = name === "rel" ? "href" : name === "http-equiv" && "content";
	if (!(judgeIt || other) || !lives(el)) return false;
	const value = asRead(given);
	// What another attribute makes fetch: it is judged as if this one were set.
	const there = other && get(el, other);
	if (there) {
		const probe = el.cloneNode();
		put(probe, name, value);
		const mark = rule(el, other)?.(there, probe)[0];
		if (mark) hold(el, other, there, mark);
	}
	if (!judgeIt) return false;
	const [of, rest] = judgeIt(judgeIt === srcdoc ? value : String(value), el);
	const mark = of && clicked(el, name, value) ? "" : of;
	if (mark) hold(el, name, value, mark, rest);
	else if (judgeIt === srcdoc) {
		placed.delete(el);
		put(el, name, rest);
	}
	else unhold(el, name);
	return !!mark || judgeIt === srcdoc;
};

// Text of style elements: judged before it is there, for what is imported is fetched at once.
const restyle = (el, text) => {
	if (el.localName !== "style" || text === null) return text;
	const [mark, rest] = css(String(text));
	if (!mark) return text;
	put(el, "data-consent", mark);
	put(el, "data-consent-text", text);
	return rest;
};

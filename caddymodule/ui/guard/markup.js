// Subtrees that are not in the page yet, markup, and the frames within.

// check judges all elements below a node.
const all = (node, selector) => (node?.querySelectorAll ? [node, ...(node.firstElementChild ? node.querySelectorAll(selector) : [])] : []);
const selector = [...kinds] + painting.map((name) => `,[${name}*="("]`).join("") + ",[style],[attributionsrc],style,template";
const checkOne = (el) => {
	let held = "";
	for (const name of el.getAttributeNames()) {
		const judgeIt = rule(el, name);
		const value = get(el, name);
		if (!judgeIt || (judgeIt === srcdoc && (el.isConnected || value.startsWith(ownTag)))) continue;
		const [mark, rest] = judgeIt(value, el);
		if (mark) hold(el, name, value, mark, rest);
		held = held || mark;
	}
	// Import maps and speculation rules have their URLs in strings, as style sheets may.
	const { localName } = el;
	const coded = localName === "style" || (localName === "script" && /^(speculationrules|importmap|webbundle)$/i.test(get(el, "type")));
	const text = coded && !get(el, "data-consent") ? el.textContent : "";
	const [mark] = css(localName === "style" ? text : text.replace(/\\["\\]/g, ""));
	if (mark) {
		held = mark;
		if (localName === "style") el.textContent = text; // as anybody sets it: restyle
		else {
			put(el, "data-consent", mark);
			retype(el);
		}
	}
	return (localName === "template" && check(el.content)) || held;
};
const check = (node, found = all(node, selector)) => {
	let held = "";
	for (const el of found) if (el.localName && (!edits(el) || loads(el))) held = checkOne(el) || held;
	return held;
};

// html says [mark, what is left]. What markup is depends on where it goes: in SVG the same names are other elements', and
// of what makes a document (asPage) a template drops some.
const asPage = 1;
const asSVG = 2;
// Most markup has nothing in it that fetches, and is not parsed for that: no such element, and no such attribute.
const mayFetch = new RegExp(`<(?:style|link|base|meta|script|use|image|feimage|object)|[\\s"'/](?:src|poster|background|ping|attributionsrc|style|${painting.join("|")})[^\\s=]{0,3}\\s*=`, "i");
const mayName = (text) => /\/\/|\\|&|[\n\r\t]|tps?:|data:/i.test(text) || rules.rules.site || rules.unknown;
const html = (text, kind) => {
	if (!mayFetch.test(text) || !mayName(text)) return ["", text];
	// name is that of the element whose start tag the part is: no more than that is left.
	const look = (part, how, name) => {
		const t = how === asPage ? new DOMParser().parseFromString(trust("HTML", part), "text/html") : how ? inert.createElementNS("http://www.w3.org/2000/svg", "svg") : inert.createElement("template");
		if (how !== asPage) apply(inner, t, [trust("HTML", part)]);
		const mark = check(t.content || t);
		if (!mark) return ["", part];
		const left = how !== asPage ? t.innerHTML : name ? t.querySelector(name).cloneNode().outerHTML : (t.doctype ? "<!DOCTYPE html>" : "") + t.documentElement.outerHTML;
		return [mark, name ? left.replace(/<\/[^>]*>$/, "").replace(/>$/, /\/>$/.test(part) ? "/>" : ">") : left];
	};
	const mark = look(text, kind)[0] || (kind === asPage && look(text)[0]);
	if (!mark) return ["", text];
	// First tag by tag, so that what is open stays open, and what closes itself closed; but what is text stays.
	let from = 0;
	const lower = String(text).toLowerCase();
	const tags = String(text).replace(/<!--[^]*?-->|<([a-z][^\s\/>]*)(?:"[^"]*"|'[^']*'|[^'">])*>/gi, (tag, name, at) => {
		if (at < from || !name) return tag;
		if (/^(script|style|textarea|title|xmp|noembed|noframes)$/i.test(name)) {
			const end = lower.indexOf("</" + name.toLowerCase(), at);
			from = end < 0 ? Infinity : end;
		}
		return !mayName(tag) ? tag : look(tag, /^(html|head|body|frameset)$/i.test(name) ? asPage : kind === asSVG && kind, name)[1];
	});
	const [again, left] = look(tags, kind);
	return [mark, as(text, "HTML", again || kind !== asPage ? left : look(tags)[1])];
};
const inert = doc?.implementation.createHTMLDocument("");
const inner = doc && descriptor(proto("Element"), "innerHTML").set;

// frames guards the documents of frames that scripts have made.
const frameKinds = "iframe,frame,object,embed";
const framed = (el) => {
	enter(el.contentWindow);
	if (el.localName && get(el, "data-consent")) placehold(el); // no document
};
const frames = (node) => {
	for (const el of all(node, frameKinds)) framed(el);
};
// enter guards a window, which may be given as its document. Most nodes have none: an exception would cost each of them
// more than all else.
const enter = (other) => {
	if (!other) return;
	try {
		const { document: its } = other.defaultView || other;
		if (!guarded.has(its)) {
			guarded.add(its);
			guardIn(its.defaultView);
		}
	} catch {} // another site's
};

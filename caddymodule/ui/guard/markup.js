// Subtrees that are not in the page yet, markup, and the frames within.

// check judges all elements below a node.
const all = (node, selector) => (node?.querySelectorAll ? [node, ...node.querySelectorAll(selector)] : []);
const selector = Object.keys(fetching) + ",[style],[filter],[mask],[attributionsrc],script,style,template";
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
	const coded = localName === "style" || (localName === "script" && /^(speculationrules|importmap)$/i.test(get(el, "type")));
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
const check = (node) => {
	let held = "";
	for (const el of all(node, selector)) if (el.localName) held = checkOne(el) || held;
	return held;
};

// html says [mark, what is left].
const html = (text) => {
	if (!/</.test(text) || !(/\/\/|\\|&|\n|\t|@/.test(text) || (rules.rules.site || rules.unknown))) return ["", text];
	// A template drops what makes a document; end is what of a single tag's element is not that tag.
	const look = (part, end) => {
		const page = /<(!doctype|html|head|body|frameset)(?![\w-])/i.exec(part);
		const t = page ? new win.DOMParser().parseFromString(trust("HTML", part), "text/html") : inert.createElement("template");
		if (!page) apply(inner, t, [trust("HTML", part)]);
		const mark = check(page ? t : t.content);
		if (!mark) return ["", part];
		const its = page && (end ? t.querySelector(page[1]).cloneNode() : t.documentElement);
		return [mark, its ? (t.doctype && !end ? "<!DOCTYPE html>" : "") + its.outerHTML.replace(end, "") : t.innerHTML.replace(end, "")];
	};
	const [mark] = look(text);
	if (!mark) return ["", text];
	// First tag by tag, so that what is open stays open, and what closes itself closed.
	const tags = String(text).replace(/<[a-z](?:"[^"]*"|'[^']*'|[^'">])*>/gi, (tag) => {
		const [m, rest] = look(tag, /<\/[^>]*>$/);
		return m ? rest.replace(/>$/, /\/>$/.test(tag) ? "/>" : ">") : tag;
	});
	return [mark, as(text, "HTML", look(tags)[1])];
};
const inert = doc?.implementation.createHTMLDocument("");
const inner = doc && descriptor(proto("Element"), "innerHTML").set;

// frames guards the documents of frames that scripts have made.
const frames = (node) => {
	for (const el of all(node, "iframe,frame,object,embed")) enter(el.contentWindow);
};
// enter guards a window, which may be given as its document.
const enter = (other) => {
	try {
		const { document: its } = other.defaultView || other;
		if (!guarded.has(its)) {
			guarded.add(its);
			guardIn(its.defaultView);
		}
	} catch {} // another site's, or none
};

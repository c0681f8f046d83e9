// What a value that contacts somebody is, and whom: style sheets and attributes. Judging one
// says [mark, rest]: whose it is, "" if nothing is blocked, and what may stay of it.

// CSS: what a string or a comment holds is no code, what a selector or "content:" has for a string no address.
const unescaped = (text) => text.replace(/\\(?:([0-9a-f]{1,6})\s?|\r?\n|([^]))/gi, (_, hex, c) => (hex ? String.fromCharCode("0x" + hex) : c || ""));
const css = (text) => {
	if (!/[\/\\]|tps?:/i.test(text)) return ["", text];
	const scan = (all) => {
		const found = [];
		const rest = all.replace(/\/\*[^]*?(?:\*\/|$)|(url\(\s*)((?:\\[^]|[^"'\s)\\])(?:\\[^]|[^)\\])*)(\s*(?:\)|$))|\\(?:\r\n|[^])|((?:\[[^\]"'=]*=|(?:^|[^\w-])content\s*:)\s*)?(["'])((?:\\(?:\r\n|[^])|(?!\5)[^\\\n])*)(\5|$)?/gi, (part, open, bare, close, before, quote, quoted, end = "") => {
			const m = bare || (quoted && !before) ? judge(unescaped(bare || quoted)) : "";
			if (m) found.push(m);
			return m ? (open || quote) + "about:invalid" + (close || end) : part;
		});
		return [found, rest];
	};
	// Names may be written with escapes.
	const plain = text.replace(/\/\*[^]*?\*\/|(["'])(?:\\(?:\r\n|[^])|(?!\1)[^\\\n])*\1|\\(?:[0-9a-f]{1,6}\s?|[^])/gi, (part) => (part[0] === "\\" && /^\w$/.test(unescaped(part)) ? unescaped(part) : part));
	const [[found, rest], [more, other]] = [text, plain].map(scan);
	return more.length > found.length ? [more[0], other] : [found[0] || "", rest];
};

const whole = (value) => [judge(value), ""];
const list = (split) => (value) => {
	let mark = "";
	const rest = (value.match(split) || []).filter((part) => {
		const m = judge(/\S*/.exec(part.trim())[0]);
		mark = mark || m;
		return !m;
	});
	return [mark, rest.join(" ").replace(/[,\s]+$/, "")];
};
const pings = list(/\S+/g);
const srcset = list(/[^\s,]\S*[^\s,](?:\s[^,]*)?(?:,|$)|[^\s,]\S*,(?=\s|$)/g);
const frame = (value) => {
	const data = /^\s*data:([^,]*html[^,]*),([^]*)/i.exec(value);
	if (!data) return whole(value);
	let text = data[2];
	try {
		text = /;\s*base64\s*$/i.test(data[1]) ? win.atob(text) : decodeURIComponent(text);
	} catch {}
	return [html(text, asPage)[0], ""];
};
const linked = (value, el) =>
	/style|pre(?!v)|icon|apple|manifest|dictionary/i.test(get(el, "rel") || "") ? whole(value) : [""];
const refresh = (value, el) => {
	const to = /^refresh$/i.test(get(el, "http-equiv") || "") && /^[\s\d.]*[;,\s]\s*(?:url\s*=\s*)?["']?([^"']*)/i.exec(value);
	return to ? whole(to[1]) : [""];
};
// A frame's document gets the guard: not where no script runs, nor where a trusted value could not be vouched for.
const srcdoc = (value, el) => {
	const [mark, rest] = html(value, asPage);
	const sandbox = get(el, "sandbox");
	const text = as(value, "HTML", sandbox === null || /allow-scripts/i.test(sandbox) ? ownTag + rest : rest);
	return [mark, mark || trusted(text) === trusted(value) ? text : value];
};
// Attributes that hold CSS beside style (SVG 2, section 6.6).
const painting = "filter fill mask clip-path cursor stroke marker marker-start marker-mid marker-end".split(" ");
// What is judged: an attribute and the elements that have it.
const fetching = {};
const names = new Set();
const kinds = new Set(); // as selectors: what stands everywhere, by its attribute
for (const [judgeIt, of] of [
	[whole, "src script img source video audio track input,href script image use feImage base,background body table td th tr tbody,poster video"],
	[frame, "src iframe frame embed,data object"],
	[srcset, "srcset img source,imagesrcset link"],
	[linked, "href link"],
	[refresh, "content meta"],
	[pings, "ping a area"],
	[srcdoc, "srcdoc iframe"],
]) {
	for (const line of of.split(",")) {
		const [name, ...elements] = line.split(" ");
		names.add(name);
		for (const element of elements) {
			kinds.add(/^(a|area|body|t(able|body|[dhr]))$/.test(element) ? `[${name}]` : element);
			fetching[`${element}[*|${name}]`] = judgeIt;
		}
	}
}
const rule = (el, given) => {
	const name = given.startsWith("xlink:") ? given.slice(6) : given;
	return (names.has(name) && fetching[`${el.localName}[*|${name}]`]) || (name === "style" || painting.includes(name) ? css : name === "attributionsrc" ? pings : undefined);
};

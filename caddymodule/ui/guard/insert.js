// What scripts put into documents: markup, as a whole and bit by bit, and nodes.

// mayFrame tells whether there may be frames in markup: to look for them in all of a document each time would make whoever
// adds to it bit by bit slow.
const mayFrame = /<(i?frame|object|embed)/i;
// Markup. Within some elements it is text.
const markup = (interfaces, names, at, around) =>
	wrap(interfaces, names, (self, args, go) => {
		const parent = self.parentNode;
		if (!lives(self) || (!around && self.localName === "template")) return go(); // what is taken out of that is judged then
		if (!around && is(self, /^(script|style|textarea|title|xmp|noembed)$/)) args[at] = restyle(self, args[at]);
		else if (at in args && args[at] !== null) {
			args[at] = asRead(args[at]);
			const place = around && !(at && /^(afterbegin|beforeend)$/i.test(args[0])) ? parent : self;
			args[at] = html(args[at], place?.localName === "html" ? asPage : /svg$/.test(place?.namespaceURI) && place.localName !== "foreignObject" && asSVG)[1];
		}
		const done = go();
		if (mayFrame.test(args[at])) frames(around ? parent : self);
		return done;
	});
markup("Element ShadowRoot", "innerHTML setHTML setHTMLUnsafe", 0);
markup("Element Range", "outerHTML createContextualFragment", 0, true);
markup("Element", "insertAdjacentHTML", 1, true);
wrap("Document", "adoptNode importNode", (self, args, go) => (lives(self) && check(args[0]), go()));
// What is written may end within a tag, or leave open what makes text of the markup
// of the page behind it, and markup of its text: that waits for the rest.
const tails = new WeakMap(); // of a document: what waits, and as what it was given
let ending = false;
const swallows = (text) => {
	if (!/<(!--|[tsxinp])/i.test(text)) return false;
	const t = inert.createElement("template");
	apply(inner, t, [trust("HTML", text + "<!--end-->")]);
	const comments = inert.createTreeWalker(t.content, 128);
	while (comments.nextNode()) if (comments.currentNode.data === "end") return false;
	return true;
};
wrap("Document", "write writeln", (self, args, go, name) => {
	let [tail, tailOf] = tails.get(self) ?? [""];
	const waited = tail;
	const given = args.every(trusted) && (!tail || tailOf) && args[0];
	let text = tail + args.map(String).join("") + (name === "writeln" ? "\n" : "");
	[tail] = /<([a-z!/?][^<>]*)?$|$/i.exec(text);
	text = text.slice(0, text.length - (tail.length || name === "writeln")); // writeln ends the line itself
	if (!ending && swallows(text)) [text, tail] = ["", text + tail];
	tails.set(self, [tail, given]);
	const [mark, rest] = html(as(given, "HTML", text), asPage);
	if (mark || waited || tail || !given || args.length !== 1) args.splice(0, args.length, rest);
	go();
	listen(self);
	if (mayFrame.test(rest)) frames(self);
});
wrap("Document", "open close", (self, args, go, name) => {
	const [rest, of] = tails.get(self) ?? [""];
	tails.delete(self);
	if (name === "close" && rest) {
		ending = !self.currentScript; // else the parser goes on
		self.write(as(of, "HTML", rest));
		ending = false;
		tails.delete(self);
	}
	const done = go();
	if (name === "open" && args.length < 3) enter(self), listen(self);
	return done;
});

// Insertion.
wrap(
	"Node Element Document DocumentFragment CharacterData Range",
	"appendChild insertBefore replaceChild append prepend before after replaceWith replaceChildren insertAdjacentElement moveBefore insertNode surroundContents",
	(self, args, go, name) => {
		const given = /Before$|Child$/.test(name) ? [args[0]] : args; // the other is already there
		const nodes = given.flatMap((a) => (a?.nodeType === 11 ? [...a.childNodes] : a?.nodeType ? a : []));
		const alive = lives(self);
		const edit = !alive && editing(self);
		// What is built apart from the page is judged as a whole when it comes there, and not for each element that it is built of;
		// a shadow tree comes there unseen.
		const to = nodeOf(self);
		const apart = !to.isConnected && !apply(getRootNode, to, []).host;
		const found = [];
		for (const node of nodes) {
			const within = apart && lives(node) ? [] : all(node, selector);
			for (const el of within) found.push(el);
			if (edit) {
				for (const el of within) if (loads(el)) checkOne(el);
				edited(node);
			} else if (alive && !(node.isConnected && lives(node))) check(node, within);
		}
		if (self.localName === "style") {
			args.forEach((a, i) => {
				if (a?.nodeType === 3) a.data = restyle(self, a.data);
				else args[i] = restyle(self, a);
			});
		}
		const done = go();
		nodes.forEach(styled);
		for (const el of found) {
			if (!el.isConnected) continue;
			if (!loads(el)) framed(el);
			else if (get(el, "data-consent")) fails(el);
		}
		return done;
	},
);
wrap("Document HTMLTableElement", "body caption tHead tFoot", (self, args, go) => (lives(self) && check(args[0]), go()));
const holders = "HTMLIFrameElement HTMLFrameElement HTMLObjectElement HTMLEmbedElement";
wrap(holders, "contentWindow contentDocument", (el, _, go) => {
	const got = go();
	enter(got);
	return got;
});

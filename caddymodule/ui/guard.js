// Applies the decision to what scripts do: see caddymodule/guard.go. After a choice
// the event consent:release on document makes it ask the server what holds now; it takes
// nothing from the event, so that no script loosens it. It says consent:guarded when done.
// guard-judge.js stands before it.

// --- What holds for all frames.
const owners = new WeakMap(); // of attributes
const guarded = new WeakSet(); // documents
const { path } = data.guard;
const ownScript = globalThis.document?.currentScript?.src || "";
const ownTag = `<script src="${ownScript.replace(/&/g, "&amp;")}"></script>`;

const guardIn = (win) => {
	const { document: doc, Reflect: R, Proxy, URL, trustedTypes } = win;
	const { apply, defineProperty, getOwnPropertyDescriptor: descriptor } = R;
	const proto = (name) => win[name]?.prototype;
	const { getAttribute, setAttribute, removeAttribute } = proto("Element") || {};
	const get = (el, name) => apply(getAttribute, el, [name]);
	const put = (el, name, value) => apply(setAttribute, el, [name, value]);
	const drop = (el, name) => apply(removeAttribute, el, [name]);
	const is = (el, kinds) => kinds.test(el.localName);

	// wrap puts a function around native ones that looks the same: setters, getters of
	// what has no setter, and methods, of an object or of interfaces' prototypes.
	const wrap = (interfaces, names, around) => {
		for (const object of interfaces.split ? interfaces.split(" ").map(proto) : [interfaces]) {
			for (const name of names.split(" ")) {
				const d = object && descriptor(object, name);
				const kind = d?.set ? "set" : d?.get ? "get" : "value";
				if (d) defineProperty(object, name, { ...d, [kind]: new Proxy(d[kind], { apply: (native, self, args) => around(self, args, () => apply(native, self, args), name) }) });
			}
		}
	};
	// wrapNew changes what constructors are called with.
	const wrapNew = (names, change) => {
		for (const name of names.split(" ")) {
			const native = win[name];
			if (!native) continue;
			const value = new Proxy(native, {
				construct: (_, args, target) => {
					const asked = args[0];
					change(args);
					const made = R.construct(native, args, target);
					if (args[0] !== asked && "url" in made) defineProperty(made, "url", { value: new URL(asked, base()).href, configurable: true });
					return made;
				},
			});
			defineProperty(win, name, { value, writable: true, configurable: true });
			R.set(native.prototype, "constructor", value);
		}
	};

	// Trusted Types: what stands in for a value that is trusted is trusted, too, and for one
	// that is not, not. asRead is a value as it will be read.
	const trusted = (value) => ["HTML", "ScriptURL"].some((kind) => trustedTypes?.["is" + kind](value));
	const asRead = (value) => (value === undefined || value === null || trusted(value) ? value : String(value));
	let policy;
	const trust = (kind, text) => {
		if (policy === undefined) {
			policy = null;
			const same = (value) => value;
			try {
				policy = trustedTypes.createPolicy("consent-guard", { createHTML: same, createScriptURL: same });
			} catch {} // there are none, or the page's policy does not name it
		}
		return policy ? policy["create" + kind](text) : text;
	};
	const as = (given, kind, text) => (trusted(given) ? trust(kind, text) : text);

	const base = () => doc?.baseURI || win.location.href;
	const judge = (url) => {
		try {
			return judgeURL(new URL(url, base()));
		} catch {
			return "";
		}
	};

	// --- CSS: [mark, rest], mark "" if nothing is blocked.
	const css = (text) => {
		let mark = "";
		if (!/\/|\\/.test(text)) return [mark, text];
		const plain = text.replace(/\\(?:([0-9a-f]{1,6})\s?|([^\n]))/gi, (_, hex, c) => (hex ? String.fromCharCode("0x" + hex) : c));
		const scan = (all) =>
			all.replace(/(url\(\s*)([^"'\s)][^)]*?)(\s*(?:\)|$))|(["'])([^]*?)(\4|$)/gi, (whole, open, bare, close, quote, quoted, end) => {
				const m = judge(bare || quoted);
				mark = mark || m;
				return m ? (open || quote) + "about:invalid" + (close || end) : whole;
			});
		const rest = scan(text);
		if (mark || plain === text) return [mark, rest];
		const other = scan(plain);
		return [mark, mark ? other : text];
	};

	// --- Attributes: what judging one says: [mark, rest].
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
		return [html(text)[0], ""];
	};
	const linked = (value, el) =>
		/style|pre(?!v)|icon|apple|manifest|dictionary/i.test(get(el, "rel") || "") ? whole(value) : [""];
	const refresh = (value, el) => {
		const to = /^refresh$/i.test(get(el, "http-equiv") || "") && /^[\s\d.]*[;,\s]\s*(?:url\s*=\s*)?["']?([^"']*)/i.exec(value);
		return to ? whole(to[1]) : [""];
	};
	const srcdoc = (value) => {
		const [mark, rest] = html(value);
		return [mark, as(value, "HTML", ownTag + rest)];
	};
	// What is judged: an attribute and the elements that have it.
	const fetching = {};
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
			const [name, ...kinds] = line.split(" ");
			for (const kind of kinds) fetching[`${kind}[*|${name}]`] = judgeIt;
		}
	}
	const rule = (el, name) =>
		fetching[`${el.localName}[*|${name.replace(/^xlink:/, "")}]`] || (/^(style$|fil|mask|clip|cursor|stroke|marker)/.test(name) ? css : name === "attributionsrc" ? pings : undefined);

	// hold makes an element inert as the server does: release.js gives it back.
	const hold = (el, name, value, mark, rest) => {
		const marks = get(el, "data-consent")?.split(" ") || [];
		put(el, "data-consent", [...new Set([...marks, mark])].join(" "));
		put(el, "data-consent-" + name.replace(/^xlink:/, ""), value);
		if (rest) put(el, name, rest);
		else drop(el, name);
		if (el.localName === "script") retype(el);
		if (is(el, /^(img|script|link|video|audio|embed|object)$/)) fails(el);
	};
	const retype = (script) => {
		const type = get(script, "type");
		if (type === "text/plain") return;
		if (type !== null) put(script, "data-consent-type", type);
		put(script, "type", "text/plain");
	};
	const failing = new win.WeakSet();
	const fails = (el) => {
		if ((is(el, /^(script|link)$/) && !el.isConnected) || failing.has(el)) return;
		failing.add(el);
		win.setTimeout(() => {
			failing.delete(el);
			if (get(el, "data-consent")) el.dispatchEvent(new win.Event("error"));
		});
	};
	const unhold = (el, name) => {
		if (get(el, "data-consent-" + name) === null) return;
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
	// lives tells whether what is put there may contact anyone: not in documents that nobody sees. Nor is anything
	// held where a visitor edits: what editors and sanitizers read back is what they had written.
	const lives = (place) => {
		const node = place.startContainer ?? place;
		const its = node.ownerDocument ?? node;
		const el = node.closest ? node : node.parentElement; // isContentEditable would have styles computed
		return its.defaultView && its.designMode !== "on" && !el?.closest("[contenteditable]:not([contenteditable=false])");
	};
	// attribute is called where one is about to be set; it tells whether it is held.
	const attribute = (el, name, value) => {
		if (!lives(el)) return false;
		// What another attribute makes fetch: it is judged as if this one were set.
		const other = { rel: "href", "http-equiv": "content" }[name];
		const there = other && get(el, other);
		if (there) {
			const probe = el.cloneNode();
			put(probe, name, value);
			const mark = rule(el, other)?.(there, probe)[0];
			if (mark) hold(el, other, there, mark);
		}
		const judgeIt = rule(el, name);
		if (!judgeIt) return false;
		const [of, rest] = judgeIt(judgeIt === srcdoc ? value : String(value), el);
		const mark = of && clicked(el, name, value) ? "" : of;
		if (mark) hold(el, name, value, mark, rest);
		else if (judgeIt === srcdoc) put(el, name, rest);
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

	// --- Subtrees: check judges all elements below a node that is not in the page yet.
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
	// --- Markup: [mark, what is left].
	const html = (text) => {
		if (!/</.test(text) || !(/\/\/|\\|&|\n|\t|@/.test(text) || (rules.rules.site || rules.unknown))) return ["", text];
		const look = (part, end = "") => {
			const t = inert.createElement("template");
			apply(inner, t, [trust("HTML", part)]);
			const mark = check(t.content);
			return [mark, mark ? t.innerHTML.replace(end, "") : part];
		};
		const [mark] = look(text);
		if (!mark) return ["", text];
		// First tag by tag, so that what is open stays open.
		const tags = String(text).replace(/<[a-z](?:"[^"]*"|'[^']*'|[^'">])*>/gi, (tag) => look(tag, /<\/[^>]*>$/)[1]);
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

	// --- What scripts call.
	if (doc) {
		// Properties that are attributes.
		const elements = Object.getOwnPropertyNames(win).filter((name) => /^HTML.*Element$/.test(name));
		wrap(elements.join(" "), "src srcset href imageSrcset data poster srcdoc background ping content rel httpEquiv", (el, args, go, name) => {
			args[0] = asRead(args[0]);
			return attribute(el, name === "httpEquiv" ? "http-equiv" : name.toLowerCase(), args[0]) ? undefined : go();
		});
		wrap("Element", "setAttribute setAttributeNS", (el, args, go, by) => {
			const [name, value] = args.slice(by.endsWith("NS")); // behind the namespace
			return attribute(el, String(name).toLowerCase(), asRead(value)) ? undefined : go();
		});
		wrap("Element NamedNodeMap", "setAttributeNode setAttributeNodeNS setNamedItem setNamedItemNS", (self, [attr], go) => {
			const el = owners.get(self) || self;
			return el.localName && attr && attribute(el, attr.name, attr.value) ? null : go();
		});
		wrap("Element", "attributes", (el, _, go) => {
			const got = go();
			owners.set(got, el);
			return got;
		});
		wrap("Attr Node HTMLElement", "value nodeValue textContent innerText", (node, args, go) => {
			if (node.nodeType === 2 && node.ownerElement) return attribute(node.ownerElement, node.name, asRead(args[0])) ? undefined : go();
			args[0] = restyle(node, args[0]);
			go();
			styled(node);
		});
		wrap("SVGAnimatedString", "baseVal", (value, args, go) => (judge(args[0]) ? undefined : go()));

		const styled = (node) => {
			const el = node.nodeType === 3 ? node.parentNode : node;
			if (el?.localName === "style" && css(el.textContent)[0]) {
				drop(el, "data-consent");
				checkOne(el);
			}
		};
		wrap("CharacterData", "data appendData insertData replaceData", (node, args, go) => (go(), styled(node)));
		const styles = (interfaces, names, at) =>
			wrap(interfaces, names, (self, args, go) => {
				if (at in args) args[at] = args[at] === null ? "" : css(String(args[at]))[1];
				return go();
			});
		styles("CSSStyleSheet CSSGroupingRule CSSKeyframesRule", "insertRule replace replaceSync appendRule", 0);
		styles("CSSStyleSheet CSSStyleDeclaration StylePropertyMap", "addRule setProperty set append", 1);
		styles("HTMLElement SVGElement MathMLElement CSSStyleDeclaration", "style cssText", 0);
		// Chromium's properties are those of each declaration, unless its prototype has one of that name.
		const { style } = inert.createElement("p"); // not of XML
		const { getPropertyValue, setProperty } = style;
		for (const name in style) {
			if (!/back|image|list|content|cursor|mask|fil|clip|shape|offset|stroke|marker|reflect|src/i.test(name)) continue;
			const property = name.replace(/[A-Z]/g, "-$&").replace(/^-?webkit/i, "-webkit").toLowerCase();
			for (const key of [name, property]) {
				defineProperty(R.getPrototypeOf(style), key, {
					configurable: true,
					enumerable: true,
					get() {
						return apply(getPropertyValue, this, [property]);
					},
					set(value) {
						apply(setProperty, this, [property, value]);
					},
				});
			}
		}
		// What has CSS in it, at any depth.
		const deep = (value) => {
			if (typeof value === "string") return css(value)[1];
			if (value?.concat) return value.map(deep); // no typed array has that
			return value?.constructor === win.Object ? Object.fromEntries(Object.entries(value).map(deep)) : value;
		};
		wrap("Element KeyframeEffect", "animate setKeyframes", (self, args, go) => {
			if (0 in args) args[0] = deep(args[0]);
			return go();
		});
		wrapNew("FontFace KeyframeEffect", (args) => {
			if (1 in args) args[1] = deep(args[1]);
		});

		// Markup. Within some elements it is text.
		const markup = (interfaces, names, at, around) =>
			wrap(interfaces, names, (self, args, go) => {
				const parent = self.parentNode;
				if (!lives(self) || (!around && self.localName === "template")) return go(); // what is taken out of that is judged then
				if (!around && is(self, /^(script|style|textarea|title|xmp|noembed)$/)) args[at] = restyle(self, args[at]);
				else if (at in args && args[at] !== null) {
					args[at] = asRead(args[at]);
					args[at] = html(args[at])[1];
				}
				const done = go();
				frames(around ? parent : self);
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
			const [mark, rest] = html(as(given, "HTML", text));
			if (mark || waited || tail || !given || args.length !== 1) args.splice(0, args.length, rest);
			go();
			frames(self);
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
			if (name === "open" && args.length < 3) enter(self);
			return done;
		});

		// Insertion.
		wrap(
			"Node Element Document DocumentFragment CharacterData Range",
			"appendChild insertBefore replaceChild append prepend before after replaceWith replaceChildren insertAdjacentElement moveBefore insertNode surroundContents",
			(self, args, go) => {
				const nodes = args.flatMap((a) => (a?.nodeType === 11 ? [...a.childNodes] : a?.nodeType ? a : []));
				if (lives(self)) for (const node of nodes) if (!node.isConnected || !lives(node)) check(node);
				if (self.localName === "style") {
					args.forEach((a, i) => {
						if (a?.nodeType === 3) a.data = restyle(self, a.data);
						else args[i] = restyle(self, a);
					});
				}
				const done = go();
				for (const node of nodes) {
					styled(node);
					if (node.nodeType !== 1 || !node.isConnected) continue;
					frames(node);
					for (const el of all(node, "script,link")) if (is(el, /^(script|link)$/) && get(el, "data-consent")) fails(el);
				}
				return done;
			},
		);
		const holders = "HTMLIFrameElement HTMLFrameElement HTMLObjectElement HTMLEmbedElement";
		wrap(holders, "contentWindow contentDocument", (el, _, go) => {
			const got = go();
			enter(got);
			return got;
		});

		// Navigations that nobody asked for: a visitor who has just clicked is let go anywhere.
		const strays = (url) => url && !win.navigator.userActivation?.isActive && judge(url);
		win.navigation?.addEventListener("navigate", (event) => strays(event.destination.url) && event.preventDefault());
		wrap("HTMLFormElement HTMLElement", "submit requestSubmit click", (el, args, go) => (strays(get(el, "action") || get(el, "href")) ? undefined : go()));
		wrap(win, "open", (self, args, go) => (strays(args[0]) ? null : go()));

		// Cookies.
		wrap("Document", "cookie", (self, args, go) => {
			args[0] = cookieLine(String(args[0]));
			return args[0] === null ? undefined : go();
		});
		wrap("CookieStore", "set", (self, args, go) => {
			const about = "name" in Object(args[0]) ? args[0] : { name: args[0], value: args[1] };
			const verdict = cookieVerdict(String(about.name));
			if (!verdict) return win.Promise.resolve();
			const until = verdict === -2 ? null : Date.now() + verdict * 1000;
			if (verdict !== -1 && about.expires > until) args.splice(0, 2, { ...about, expires: until });
			return go();
		});
		wrapNew("RTCPeerConnection", (args) => {
			const servers = args[0]?.iceServers;
			if (servers) args[0] = { ...args[0], iceServers: [...servers].filter((s) => ![].concat(s.urls || s.url).some((u) => judge(String(u).replace(/^\w+:/, "https://")))) };
		});
		// A worker whose script is made here begins with the guard; that of a file cannot, and
		// has what the file's own response says (the CSP net).
		wrapNew("Worker", (args) => {
			const [url, options] = args;
			if (!/^blob:/.test(url) || options?.type === "module") return;
			try {
				const ask = new win.XMLHttpRequest();
				ask.open("GET", url, false);
				ask.send();
				const source = JSON.stringify(ownScript);
				const first = trusted(url) ? `trustedTypes.createPolicy("consent-guard",{createScriptURL:u=>u}).createScriptURL(${source})` : source;
				args[0] = as(url, "ScriptURL", URL.createObjectURL(new win.Blob([`importScripts(${first});`, ask.responseText], { type: "text/javascript" })));
			} catch {}
		});
	}

	// --- Requests. One for the address of nothing fails as for want of a network, and makes none.
	const nowhere = `blob:${origin}/0`;
	const global = doc ? win : "WorkerGlobalScope";
	wrap(global, "importScripts", (self, args, go) => {
		if (args.some(judge)) throw new win.DOMException("Failed to fetch", "NetworkError");
		return go();
	});
	wrap(global, "fetch fetchLater", (self, args, go) => (judge(args[0]?.url ?? args[0]) ? win.Promise.reject(new win.TypeError("Failed to fetch")) : go()));
	wrap("XMLHttpRequest", "open", (self, args, go) => {
		if (judge(args[1])) args.splice(0, 2, "GET", nowhere);
		return go();
	});
	// "true" says that it is on its way. After "false" scripts try by other ways.
	wrap("Navigator", "sendBeacon", (self, args, go) => !!judge(args[0]) || go());
	const instead = (names, other) =>
		wrapNew(names, (args) => {
			if (judge(args[0])) args[0] = as(args[0], "ScriptURL", other);
		});
	instead("Audio Worker SharedWorker EventSource", nowhere);
	// Where nobody listens for it: this site says no.
	instead("WebSocket", origin.replace("http", "ws") + path + "/no");
	instead("WebTransport", origin.replace("http:", "https:"));
};

if (globalThis.document) {
	guarded.add(document);
	const { fetch, Event } = globalThis;
	const renew = async () => {
		const answer = await fetch(path + "/guard.json", { cache: "no-store" });
		if (answer.ok) read(await answer.json());
		document.dispatchEvent(new Event("consent:guarded"));
	};
	document.addEventListener("consent:release", (event) => {
		const renewed = renew();
		event.detail?.waits?.push?.(renewed); // release.js waits for it
	});
}
guardIn(globalThis);

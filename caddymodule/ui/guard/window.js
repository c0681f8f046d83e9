// What of a window the rest works with: its own natives, taken before a page can change them,
// and how functions are put around them.
const { document: doc, Reflect: R, Proxy, URL, DOMParser, trustedTypes } = win;
const { apply, defineProperty, getOwnPropertyDescriptor: descriptor } = R;
const proto = (name) => win[name]?.prototype;
const { getAttribute, setAttribute, removeAttribute, closest } = proto("Element") || {};
const { getRootNode } = proto("Node") || {};
const get = (el, name) => apply(getAttribute, el, [name]);
const put = (el, name, value) => apply(setAttribute, el, [name, value]);
const drop = (el, name) => apply(removeAttribute, el, [name]);
const is = (el, kinds) => kinds.test(el.localName);
// What fails in the place where it stands, and what no editor keeps.
const loads = ({ localName }) => localName === "script" || localName === "link";

// Some ask a function for its text to know whether it is the browser's own.
const texts = new WeakMap();
const named = (native, key) => {
	if (key !== "toString") return native[key];
	if (!texts.has(native)) texts.set(native, native.toString.bind(native));
	return texts.get(native);
};
// wrap puts a function around native ones that looks the same: setters, getters of
// what has no setter, and methods, of an object or of interfaces' prototypes.
const wrap = (interfaces, names, around) => {
	for (const object of interfaces.split ? interfaces.split(" ").map(proto) : [interfaces]) {
		for (const name of names.split(" ")) {
			const d = object && descriptor(object, name);
			const kind = d?.set ? "set" : d?.get ? "get" : "value";
			if (d) defineProperty(object, name, { ...d, [kind]: new Proxy(d[kind], { get: named, apply: (native, self, args) => around(self, args, () => apply(native, self, args), name) }) });
		}
	}
};
// wrapNew changes what constructors are called with.
const wrapNew = (names, change) => {
	for (const name of names.split(" ")) {
		const native = win[name];
		if (!native) continue;
		const value = new Proxy(native, {
			get: named,
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

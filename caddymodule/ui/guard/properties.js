// What scripts set: attributes, by whichever name, and styles.

// Properties that are attributes.
const elements = Object.getOwnPropertyNames(win).filter((name) => /^HTML.*Element$/.test(name));
wrap(elements.join(" "), "src srcset href imageSrcset data poster srcdoc background ping content rel httpEquiv", (el, args, go, name) => {
	args[0] = asRead(args[0]);
	return attribute(el, name === "httpEquiv" ? "http-equiv" : name.toLowerCase(), args[0]) ? undefined : go();
});
wrap("Element", "setAttribute setAttributeNS", (el, args, go, by) => {
	const [name, value] = args.slice(by.endsWith("NS")); // behind the namespace
	return attribute(el, String(name).toLowerCase(), value) ? undefined : go();
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
const relList = doc && descriptor(proto("HTMLLinkElement"), "relList");
if (relList) {
	defineProperty(proto("HTMLLinkElement"), "relList", {
		...relList,
		get: new Proxy(relList.get, {
			apply: (native, el) => {
				const got = apply(native, el, []);
				owners.set(got, el);
				return got;
			},
		}),
	});
}
wrap("DOMTokenList", "add toggle replace value", (self, args, go) => {
	const el = owners.get(self);
	if (el) attribute(el, "rel", [get(el, "rel"), ...args].join(" ")); // as if all were added
	return go();
});
wrap("Attr Node HTMLElement", "value nodeValue textContent innerText", (node, args, go) => {
	if (node.nodeType === 2 && node.ownerElement) return attribute(node.ownerElement, node.name, args[0]) ? undefined : go();
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
styles("CSSStyleSheet CSSGroupingRule CSSStyleRule CSSKeyframesRule", "insertRule replace replaceSync appendRule", 0);
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

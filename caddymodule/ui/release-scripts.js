// What kinds of script there are, and when each runs: HTML section 4.12.1.1, "prepare the
// script element".
const javaScript = /^(?:(?:text|application)\/(?:x-)?(?:java|ecma)script|text\/(?:javascript1\.[0-5]|jscript|livescript))$/;
const xlink = "http://www.w3.org/1999/xlink";

// kindOf tells when the parser would run a script: "inline" at once, "blocking" once it
// has come and before anything behind it, "deferred" behind the document, "async"
// whenever it has come, "never" if it is data, or for other browsers.
const kindOf = (script) => {
	const html = script instanceof HTMLScriptElement;
	const has = (name) => html && script.hasAttribute(name); // of no meaning in SVG
	const external = addressOf(script) !== null;
	if (!external && !script.textContent) return "never";
	const language = script.getAttribute("language");
	const type = (script.getAttribute("type") ?? (language ? `text/${language}` : "")).trim().toLowerCase();
	if (type === "importmap" || type === "speculationrules") return external ? "never" : "inline";
	const module = type === "module";
	if (!module) {
		if (type && !javaScript.test(type)) return "never";
		if (has("nomodule") || (has("for") && has("event"))) return "never";
	}
	if (has("async") && (external || module)) return "async";
	if (module || (has("defer") && external)) return "deferred";
	return external ? "blocking" : "inline";
};

const isScript = (element) => element instanceof HTMLScriptElement || element instanceof SVGScriptElement;

const addressOf = (script) =>
	script instanceof HTMLScriptElement ? script.getAttribute("src") : script.getAttribute("href") ?? script.getAttributeNS(xlink, "href");

// renew makes a script that runs when it is put into the page, of one that does not any
// more. It comes in turn with others that are not async.
const spent = new WeakSet(); // those that do not
const renew = (old, nonce = old.nonce) => {
	spent.add(old);
	const script = document.createElementNS(old.namespaceURI, "script");
	for (const attribute of old.attributes) {
		const { name, value, namespaceURI } = attribute;
		// A name may be one that only a parser gives.
		if (/^(?:src|(?:xlink:)?href|on\w+)$/.test(name)) trusted.set(script, name, value, namespaceURI);
		else script.setAttributeNode(attribute.cloneNode());
	}
	if (nonce) script.nonce = nonce;
	script.textContent = trusted.script(old.textContent);
	if (script instanceof HTMLScriptElement && !script.hasAttribute("async")) script.async = false;
	return script;
};

// settled waits until an element has loaded, or has failed to.
const settled = (element) =>
	new Promise((done) => {
		element.addEventListener("load", done, { once: true });
		element.addEventListener("error", done, { once: true });
	});

// fetchEarly has the browser fetch a script whose turn is still to come.
const fetchEarly = (script, kind) => {
	const address = addressOf(script);
	if (!address || !(script instanceof HTMLScriptElement) || kind === "never") return null;
	const link = document.createElement("link");
	if (script.type.trim().toLowerCase() === "module") link.rel = "modulepreload";
	else Object.assign(link, { rel: "preload", as: "script" });
	for (const name of ["crossorigin", "integrity", "referrerpolicy", "fetchpriority"]) {
		if (script.hasAttribute(name)) link.setAttribute(name, script.getAttribute(name));
	}
	if (script.nonce) link.nonce = script.nonce;
	link.href = address;
	document.head.append(link);
	return link;
};

const report = (error) => setTimeout(() => { throw error; }); // it is the script's, and stops nobody else

// What this module gives back to a page is text, where the page's policy may want values that
// somebody vouches for (Trusted Types section 2). It vouches itself then, as a policy that has
// the script's name; where a page has none, or does not allow that name, text stays text.
const trusted = (() => {
	// Pages have stand-ins of their own, which are no use here.
	const types = window.TrustedTypePolicyFactory && window.trustedTypes instanceof TrustedTypePolicyFactory ? window.trustedTypes : null;
	const same = (text) => text;
	let policy; // undefined until it is needed, null where there can be none
	const vouch = (kind, text) => {
		if (policy === undefined && types) {
			policy = null;
			try {
				policy = types.createPolicy(policyName, { createHTML: same, createScript: same, createScriptURL: same });
			} catch {}
		}
		return policy ? policy["create" + kind](text) : text;
	};
	// refuses tells whether text is refused where markup is to be.
	let refused;
	const refuses = () => {
		try {
			if (refused === undefined) document.implementation.createHTMLDocument("").body.innerHTML = "x";
			return (refused ??= false);
		} catch {
			return (refused = true);
		}
	};
	return {
		html: (text) => vouch("HTML", text),
		script: (text) => vouch("Script", text),
		url: (text) => vouch("ScriptURL", text),
		// set gives an element an attribute that may be code, or the address of code.
		set: (element, name, value, namespace = null) => {
			const kind = types?.getAttributeType(element.localName, name.replace(/^xlink:/, ""), element.namespaceURI, namespace);
			const vouched = kind ? vouch(kind.replace("Trusted", ""), value) : value;
			if (namespace) element.setAttributeNS(namespace, name, vouched);
			else element.setAttribute(name, vouched);
		},
		// written returns the text of what a script of the page writes into the document,
		// or throws as document.write does of what the page's policy does not let be written.
		written: (parts) => {
			const text = parts.join("");
			if (!types || parts.every((part) => types.isHTML(part))) return text;
			const own = types.defaultPolicy?.createHTML(text, "TrustedHTML", "Document write");
			if (own && (String(own) || !text)) return String(own);
			if (own || refuses()) throw new TypeError("This document requires 'TrustedHTML' assignment.");
			return text;
		},
	};
})();

// What this module gives back to a page is text, where the page's policy may want values that
// somebody vouches for (Trusted Types section 2). It vouches itself then, as a policy that has
// the script's name; where a page has none, or does not allow that name, text stays text.
const trusted = (() => {
	const same = (text) => text;
	let policy; // undefined until it is needed, null where there can be none
	const vouch = (kind, text) => {
		if (policy === undefined) {
			policy = null;
			try {
				policy = window.trustedTypes.createPolicy(policyName, { createHTML: same, createScript: same, createScriptURL: same });
			} catch {}
		}
		return policy ? policy["create" + kind](text) : text;
	};
	return {
		html: (text) => vouch("HTML", text),
		script: (text) => vouch("Script", text),
		url: (text) => vouch("ScriptURL", text),
		// set gives an element an attribute that may be code, or the address of code.
		set: (element, name, value, namespace = null) => {
			const kind = window.trustedTypes?.getAttributeType(element.localName, name.replace(/^xlink:/, ""), element.namespaceURI, namespace);
			const vouched = kind ? vouch(kind.replace("Trusted", ""), value) : value;
			if (namespace) element.setAttributeNS(namespace, name, vouched);
			else element.setAttribute(name, vouched);
		},
	};
})();

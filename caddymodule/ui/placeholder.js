// Runs in the document that stands in a blocked frame: says in the visitor's language whom
// loading would contact, and offers it, once or for always. Where a sandbox or a policy of
// the page stops it, the document stays as it came, with its link.
// include trusted.js
(() => {
	"use strict";
	const self = document.currentScript;
	let frame = null;
	try {
		frame = window.frameElement; // null in a sandbox that makes this another site's document
	} catch {}
	if (!frame || !(self instanceof HTMLScriptElement)) return;
	const endpoint = self.src.replace(/[^/]*$/, "");
	const page = frame.ownerDocument;
	const about = document.body.dataset;
	const needs = about.categories.split(" ").filter(Boolean);
	const find = (id) => document.getElementById(id);

	const get = async () => {
		const lang = encodeURIComponent(page.documentElement.lang);
		const answer = await fetch(`${endpoint}placeholder.json?lang=${lang}`, { credentials: "same-origin", cache: "no-store" });
		if (!answer.ok) throw new Error(`${answer.url}: ${answer.status}`);
		return answer.json();
	};
	const make = (name, properties, ...children) => {
		const element = Object.assign(document.createElement(name), properties);
		element.append(...children);
		return element;
	};

	// What the rewriter took is in data-consent-*. The URL is that of the host which this
	// document names, in src or where a script of the page would look for it.
	const prefix = "data-consent-";
	const url = () =>
		["src", "data-src", "data-lazy-src", "data-original", "data-lazy"]
			.map((name) => frame.getAttribute(prefix + name))
			.find((value) => {
				try {
					return new URL(value, frame.baseURI).hostname.replace(/\.$/, "") === about.host;
				} catch {
					return false;
				}
			});

	// once gives this frame back, in the course of the visitor's click: by that, and by the
	// attribute which has the URL, the page's guard knows that it is wanted.
	const once = (click) => {
		const wanted = url();
		if (!wanted || !click.isTrusted) return false; // a script's click is nobody's wish
		frame.setAttribute(`${prefix}src`, wanted);
		frame.setAttribute("src", wanted);
		if (frame.getAttribute("src") !== wanted) return false;
		frame.removeAttribute(`${prefix}src`);
		// The rest may be other vendors', of whom this document has said nothing.
		if (!/ /.test(frame.getAttribute("data-consent") || "")) {
			frame.removeAttribute("data-consent");
			for (const name of frame.getAttributeNames().filter((name) => name.startsWith(prefix))) {
				const original = name.slice(prefix.length);
				const value = frame.getAttribute(name);
				frame.removeAttribute(name);
				// As in release.js: a handler leaves ";" behind, or it was not taken.
				if (/^on/.test(original) ? frame.getAttribute(original) === ";" : !/^(src|srcdoc)$/.test(original)) trusted.set(frame, original, value);
			}
		}
		frame.focus();
		frame.removeAttribute("srcdoc"); // now it loads
		return true;
	};

	// always posts what the form would, with what is granted already.
	const always = async () => {
		const before = await get();
		const body = new URLSearchParams([["choice", "save"]]);
		for (const { name, granted } of before.categories) if (granted || needs.includes(name)) body.append("category", name);
		const answer = await fetch(endpoint, { method: "POST", body, credentials: "same-origin", redirect: "manual" });
		if (answer.type !== "opaqueredirect" && !answer.ok) throw new Error(`${endpoint}: ${answer.status}`);
		const now = new Set((await get()).categories.filter((c) => c.granted).map((c) => c.name));
		if (!needs.every((name) => now.has(name))) throw new Error("not granted");
		frame.focus();
		const lost = before.categories.some((c) => c.granted && !now.has(c.name));
		if (lost || /reload/.test(about.offers)) {
			page.defaultView.location.reload();
			return;
		}
		// In this page, and in those around it if it is in a frame itself.
		for (let in_ = page; in_; ) {
			const script = in_.createElement("script");
			script.nonce = (in_.querySelector("script[nonce]") || {}).nonce || "";
			script.dataset.chosen = "";
			script.src = trusted.url(`${endpoint}release.js`);
			in_.head.append(script);
			const around = in_.defaultView && in_.defaultView.frameElement;
			in_ = around && around.ownerDocument;
		}
	};

	const show = (state) => {
		const t = state.texts;
		const text = (key) => t[key].replace(/\{(\w+)\}/g, (whole, name) => about[name] ?? whole);
		Object.assign(document.documentElement, { lang: state.lang, dir: state.dir });
		find("what").textContent = text("placeholder");
		find("sends").textContent = (about.company ? text("placeholder_company") + " " : "") + text("placeholder_sends");
		if (find("privacy")) find("privacy").textContent = text("placeholder_privacy");
		if (find("settings")) find("settings").textContent = t.settings;

		const status = make("p", { id: "status", role: "status" });
		const titles = (all) => all.map((c) => c.title).join(", ");
		const needed = state.categories.filter((c) => needs.includes(c.name));
		const never = needed.filter((c) => c.signalled);
		const actions = [];
		if (/once/.test(about.offers) && url()) {
			const button = make("button", { id: "once", type: "button", textContent: t.load_once });
			button.onclick = (click) => {
				if (!once(click)) status.textContent = t.placeholder_failed;
			};
			actions.push(button);
		}
		if (state.asks && needed.length && !never.length) {
			const button = make("button", { id: "always", type: "button", textContent: t.always_allow.replace("{category}", titles(needed.filter((c) => !c.required))) });
			button.onclick = () => {
				always().catch(() => { status.textContent = t.failed; });
			};
			actions.push(button);
		} else if (never.length) {
			status.textContent = `${titles(never)}: ${t.off_by_signal}`;
		}
		find("links").before(...(actions.length ? [make("p", { id: "actions" }, ...actions)] : []), status);
	};

	// It looks as the site has the banner look.
	const theme = page.defaultView.getComputedStyle(page.documentElement);
	for (const name of ["text", "muted", "surface", "line", "accent", "on-accent", "radius"]) {
		const value = theme.getPropertyValue(`--consent-${name}`);
		if (value) document.documentElement.style.setProperty(`--consent-${name}`, value);
	}
	// The page's own dialog is nearer than another page.
	document.addEventListener("click", (event) => {
		const { consent } = page.defaultView;
		if (event.target !== find("settings") || !consent || !consent.open || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
		event.preventDefault();
		Promise.resolve(consent.open()).catch(() => window.open(endpoint, "_top"));
	});
	get().then(show, () => {}); // or it stays in the language it has
})();

// Asks the visitor, at the foot of the page, and keeps the answer. It covers nothing that
// cannot be scrolled away, takes no focus by itself, and is in a shadow tree of its own.
//
// Pages of visitors who have not answered get it by themselves. A site that wants
// window.consent on all its pages includes it: <script src="/.consent/banner.js" defer></script>
//
//	window.consent.get()   what is allowed: a promise of {answered, granted: [...], denied: [...]}
//	window.consent.open()  shows the choices; so does a click on a link to /.consent/
//
// A page that has a variable of that name keeps it.
//
// After an answer, here or in another tab, "consent:change" is dispatched on document, with
// {granted, denied}; where something is taken back the page is loaded anew.
// include trusted.js
// include address.js
(() => {
	"use strict";
	const self = document.currentScript;
	const here = Symbol.for("consent.banner"); // on document: this script runs once
	if (!(self instanceof HTMLScriptElement) || document[here]) return;
	Object.defineProperty(document, here, { value: true });
	const endpoint = placeOf(self).replace(/[^/]*$/, "");
	// The server knows of a policy in the header; of one in a meta element the page's own scripts tell.
	const nonce = self.nonce || document.querySelector("script[nonce]")?.nonce || "";
	document[Symbol.for("consent.nonce")] ??= self.nonce; // for release.js

	const get = async () => {
		const lang = encodeURIComponent(document.documentElement.lang);
		const answer = await fetch(`${endpoint}state?lang=${lang}`, { credentials: "same-origin", cache: "no-store" });
		if (!answer.ok) throw new Error(`${endpoint}state: ${answer.status}`);
		return answer.json();
	};

	// make is an element; properties are set as such, so that no text is read as markup.
	const make = (name, properties = {}, ...children) => {
		const { attributes = {}, ...rest } = properties;
		const element = Object.assign(document.createElement(name), rest);
		for (const key in attributes) element.setAttribute(key, attributes[key]);
		element.append(...children);
		return element;
	};

	// The host stands before the body: first in the order of the keyboard, out of reach of
	// styles for what is in the body, and of scripts that put another in its place. Who takes
	// out the host itself, or all of the document, meant to: it does not come back.
	let host = null;
	let panel = null;
	let status = null; // tells screen readers what has happened; outlives the panel
	let opener = null; // has the focus again when the panel is closed
	const close = (said) => {
		if (!host) return;
		const gone = host;
		const focused = document.activeElement === host;
		const back = opener;
		host = opener = null;
		panel.remove();
		if (said) {
			gone.id = "consent-saved";
			status.textContent = said;
			setTimeout(() => gone.remove(), 8000);
		} else gone.remove();
		// Otherwise the next Tab goes to the beginning of the page, behind where the panel was.
		if (focused && back && back.isConnected) back.focus();
	};

	// room keeps what has the focus from hiding behind the panel, and lets the end of the
	// page be scrolled from behind it: below all else, unless a scroll bar would come of it
	// and move things.
	const space = make("div");
	const room = (height) => {
		const root = document.documentElement;
		root.style.scrollPaddingBlockEnd = height ? `${height}px` : "";
		space.style.cssText = `all: initial !important; display: block !important; block-size: ${height}px !important`;
		const width = root.clientWidth;
		if (height) root.append(space);
		if (!height || root.clientWidth !== width) space.remove();
	};

	// follow makes the page what it is to be after a choice, here or in another tab.
	let made = null; // the state for which it was made
	const ran = new Set(); // what has been granted since
	const note = (names) => names.forEach((name) => ran.add(name));
	document.addEventListener("consent:change", ({ detail }) => note(detail?.granted ?? []));
	const follow = (now) => {
		made = now;
		if ([...ran].some((name) => !now.granted.includes(name))) {
			location.reload(); // what runs cannot be stopped
			return;
		}
		note(now.granted);
		// The script that releases tells when it is done.
		document.head.append(make("script", { src: trusted.url(`${endpoint}release.js`), nonce, attributes: { "data-chosen": "" } }));
	};

	// again looks whether there was a choice elsewhere.
	const again = async () => {
		const now = await get();
		if (made && made.answered === now.answered && made.granted.join() === now.granted.join()) return;
		if (now.answered) close();
		follow(now);
	};

	// Other tabs are told of a choice. A page that is put aside hears nothing, and asks when
	// it is back.
	let tabs = null;
	const listen = () => {
		tabs = new BroadcastChannel(`consent ${endpoint}`);
		tabs.onmessage = () => again().catch(() => {});
	};
	addEventListener("pagehide", () => tabs.close());
	addEventListener("pageshow", (event) => {
		if (!event.persisted) return;
		listen();
		again().catch(() => {});
	});
	listen();

	// send posts what the form at /.consent/ would. The answer is a redirect, which
	// nobody has to follow.
	const send = async (state, fields) => {
		const body = new URLSearchParams(fields);
		const answer = await fetch(endpoint, { method: "POST", body, credentials: "same-origin", redirect: "manual" });
		if (answer.type !== "opaqueredirect" && !answer.ok) throw new Error(`${endpoint}: ${answer.status}`);
		const now = await get();
		tabs.postMessage("chosen");
		close(state.texts.saved);
		follow(now);
	};

	const show = (state, asked) => {
		close();
		note(state.granted);
		const t = state.texts;
		const failure = make("p", { attributes: { role: "alert" } });
		const button = (text, act) => make("button", { type: "button", textContent: text, onclick: act });
		let sending = false;
		const answer = (fields) => async () => {
			if (sending) return;
			sending = true;
			failure.textContent = "";
			await send(state, fields()).catch(() => { failure.textContent = t.failed; });
			sending = false;
		};
		const categories = state.categories.map((c) => {
			const box = make("input", { type: "checkbox", name: c.name, checked: c.granted, disabled: c.required || c.signalled });
			const says = c.required ? t.always_on : c.signalled ? t.off_by_signal : t.allow;
			return make("fieldset", {},
				make("legend", {}, make("bdi", { textContent: c.title })), // the policy's own texts have a language of their own
				...(c.description ? [make("p", { dir: "auto", textContent: c.description })] : []),
				make("label", {}, box, make("span", { textContent: says })),
				make("p", { textContent: t.vendors.replace("{count}", c.vendors) }));
		});
		const choices = make("div", { hidden: !asked },
			...categories,
			make("div", { className: "actions" }, button(t.save, answer(() => [
				["choice", "save"],
				...categories.flatMap((c) => [...c.querySelectorAll("input:checked:enabled")].map((box) => ["category", box.name])),
			]))));
		const choose = button(t.choose, () => {
			choices.hidden = !choices.hidden;
			choose.setAttribute("aria-expanded", String(!choices.hidden));
		});
		choose.setAttribute("aria-expanded", String(asked));
		const link = (href, text) => make("a", { href, textContent: text });
		const heading = make("h2", { id: "title", textContent: t.title, tabIndex: -1 });
		panel = make("div", { className: "panel", lang: state.lang, dir: state.dir, attributes: { role: "dialog", "aria-labelledby": "title", "aria-describedby": "text" } },
			heading,
			make("p", { id: "text", textContent: state.opt_out ? t.text_opt_out : t.text }),
			...(state.signal ? [make("p", { className: "muted", textContent: t.signal })] : []),
			make("div", { className: "actions" },
				button(t.accept, answer(() => [["choice", "accept"]])),
				button(t.reject, answer(() => [["choice", "reject"]])),
				choose),
			choices,
			failure,
			make("p", { className: "links" },
				link(`${endpoint}policy`, t.policy),
				link(endpoint, t.settings),
				...(state.privacy_policy ? [link(state.privacy_policy, t.privacy)] : []),
				...(asked && state.answered ? [button(t.close, () => close())] : [])));

		status = make("p", { className: "saved", lang: state.lang, dir: state.dir, attributes: { role: "status" } });
		host = make("div", { id: "consent-banner", popover: "manual" });
		const root = host.attachShadow({ mode: "open" });
		const style = make("link", { rel: "stylesheet", href: `${endpoint}banner.css`, nonce });
		panel.hidden = true; // until it looks as it should
		style.onload = style.onerror = () => {
			panel.hidden = false;
			if (asked) heading.focus();
		};
		panel.onkeydown = (event) => {
			if (event.key === "Escape" && state.answered) close();
		};
		panel.addEventListener("focusin", ({ relatedTarget: from }) => {
			if (from && !panel.contains(from)) opener ??= from;
		});
		new ResizeObserver(() => room(panel.offsetHeight)).observe(panel);
		root.append(style, panel, status);
		document.body.before(host);
		// The top layer is above any z-index, and no transform, filter or opacity of what is
		// around reaches it. Browsers without have the z-index of the style sheet.
		if (host.showPopover) host.showPopover();
	};

	const open = async (from = document.activeElement) => {
		show(await get(), true);
		opener = from;
	};
	// What a page itself calls so stays. An element with that id is no property of the window's own.
	if (!Object.hasOwn(window, "consent")) {
		const value = Object.freeze({
			get: async () => {
				const { answered, granted, denied } = await get();
				return { answered, granted, denied };
			},
			open: () => open(),
		});
		Object.defineProperty(window, "consent", { value, writable: true, configurable: true });
	}

	document.addEventListener("click", (event) => {
		const link = event.target instanceof Element && event.target.closest("a[href]");
		if (!link || link.href !== endpoint || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.defaultPrevented) return;
		event.preventDefault();
		open(link).catch(() => location.assign(endpoint));
	});

	const begin = async () => {
		if (window.top !== window) return; // the page around a frame asks
		const state = await get();
		made ??= state;
		note(state.granted);
		if (!state.answered && state.asks && !host) show(state, false);
	};
	const start = () => begin().catch(() => {}); // the next page tries again
	if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
	else start();
})();

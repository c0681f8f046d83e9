// The site's own script. It must work whatever a visitor chose: nothing here needs a third party.
(() => {
	"use strict";

	const root = document.documentElement;
	const config = window.lanternside || {};

	// Prices by the year or by the month.
	const yearly = document.querySelector("[data-yearly]");
	yearly?.addEventListener("change", () => {
		for (const price of document.querySelectorAll("[data-month]")) {
			price.textContent = yearly.checked ? price.dataset.year : price.dataset.month;
		}
	});

	// The list of integrations comes as JSON in the page.
	const state = document.getElementById("app-state");
	const list = document.querySelector("[data-integrations]");
	if (state && list) {
		for (const { name } of JSON.parse(state.textContent).integrations) {
			list.append(Object.assign(document.createElement("li"), { textContent: name }));
		}
		list.closest("section").hidden = false;
	}

	for (const link of document.querySelectorAll("[data-share]")) {
		if (config.sharer) link.href = config.sharer + encodeURIComponent(location.href);
	}

	// Whom did this page contact? The browser's own record tells.
	const strip = document.querySelector("[data-contacted]");
	const hosts = new Set();
	const show = () => {
		const names = [...hosts].sort();
		strip.querySelector("b").textContent =
			names.length === 0 ? "no other host" : names.length === 1 ? "1 other host" : `${names.length} other hosts`;
		strip.querySelector("ul").replaceChildren(
			...names.map((name) => Object.assign(document.createElement("li"), { textContent: name })),
		);
		strip.hidden = false;
	};
	if (strip && "PerformanceObserver" in window) {
		show();
		new PerformanceObserver((seen) => {
			for (const { name } of seen.getEntries()) {
				if (!/^https?:/.test(name)) continue;
				const { host } = new URL(name);
				if (host !== location.host) hosts.add(host);
			}
			show();
		}).observe({ type: "resource", buffered: true });
	}

	root.dataset.app = "ready";
})();

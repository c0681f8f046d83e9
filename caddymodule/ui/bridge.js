// Hands on the answer of a consent manager that no server can read: from its
// own event to the consent endpoint, which keeps it in a cookie. Include it in
// every page, before or after the manager:
//
//	<script src="/.consent/bridge.js" async></script>
//
// Which of the manager's categories (or services) stand for which of the site's can
// be said on the element, with spaces between them; all of a list must be allowed. (The
// IAB's framework has purposes, which stand for categories as in the preset tcf.)
//
//	<script src="…" data-analytics="Statistics" data-advertising="marketing ads"></script>
//
// Any other manager is connected by an event of the page's own:
//
//	document.dispatchEvent(new CustomEvent("consent:bridge", {detail: {analytics: true, advertising: false}}))
(function () {
	"use strict";
	var script = document.currentScript;
	var endpoint = new URL("bridge", script.src).href;
	var memory = "consent-bridge";
	var day = 86400000;

	// What the managers call the categories.
	var words = {
		analytics: ["analytics", "statistics", "measurement"],
		performance: ["performance", "functional", "storage", "preferences", "personalization"],
		advertising: ["advertising", "marketing", "saleofinfo"],
		social: ["social_networking", "social"],
	};
	var purposes = {analytics: [1, 8], performance: [1, 5, 6], advertising: [1, 2, 3, 4, 7]};

	// choices reads a map of the manager's names to whether each is allowed. Of the
	// usual words all that are there must be allowed.
	function choices(given) {
		var names = {};
		Object.keys(given).forEach(function (name) { names[name.toLowerCase()] = given[name] === true; });
		var out = {};
		Array.prototype.forEach.call(script.attributes, function (a) {
			if (a.name.indexOf("data-") !== 0) return;
			var list = a.value.toLowerCase().split(/\s+/).filter(Boolean);
			if (list.length && list.some(function (name) { return name in names; })) {
				out[a.name.slice(5)] = list.every(function (name) { return names[name] === true; });
			}
		});
		Object.keys(words).forEach(function (category) {
			if (category in out || script.hasAttribute("data-" + category)) return;
			var list = words[category].filter(function (name) { return name in names; });
			if (list.length) out[category] = list.every(function (name) { return names[name]; });
		});
		return out;
	}

	// post sends an answer, unless it is the one that was sent lately.
	var sending = null;
	function post(answer) {
		if (!answer || !Object.keys(answer).length) return;
		var text = JSON.stringify(answer), last = null;
		if (text === sending) return;
		try { last = JSON.parse(localStorage.getItem(memory)); } catch (e) { /* storage is blocked: send it each time */ }
		if (last && last.text === text && Date.now() - last.at < day) return;
		sending = text;
		fetch(endpoint, {method: "POST", body: text, credentials: "same-origin", keepalive: true, headers: {"Content-Type": "application/json"}})
			.then(function (response) {
				if (!response.ok) return;
				try { localStorage.setItem(memory, JSON.stringify({text: text, at: Date.now()})); } catch (e) { /* as above */ }
			})
			.catch(function () { /* offline: the next page tries again */ })
			.then(function () { sending = null; });
	}

	// Each adapter has its manager's object, what tells that this is ready, and what
	// follows its events. Only what a visitor has answered may be posted: what a
	// manager starts with grants what nobody was asked about.
	var adapters = [
		["Osano", function (osano) { return osano.cm && osano.cm.addEventListener; }, function (osano) {
			osano.cm.addEventListener("osano-cm-consent-saved", function (consent) {
				var given = {};
				Object.keys(consent || {}).forEach(function (name) { given[name] = consent[name] === "ACCEPT"; });
				post(choices(given));
			});
		}],
		["Termly", function (termly) { return termly.on; }, function (termly) {
			termly.on("consent", function () { post(choices(termly.getConsentState() || {})); });
		}],
		["airgap", function (airgap) { return airgap.getConsent && airgap.addEventListener; }, function (airgap) { // Transcend
			var read = function () { var c = airgap.getConsent(); if (c && c.confirmed) post(choices(c.purposes)); };
			airgap.addEventListener("consent-change", read);
			read();
		}],
		["UC_UI", function (uc) { return uc.isInitialized && uc.isInitialized(); }, function (uc) { // Usercentrics, version 2
			var read = function () {
				var given = {}, answered = false;
				uc.getServicesBaseInfo().forEach(function (service) {
					answered = answered || (service.consent.history || []).some(function (entry) { return entry.type === "explicit"; });
					[service.categorySlug, service.name, service.id].forEach(function (name) {
						if (name) given[name] = given[name] !== false && service.consent.status;
					});
				});
				if (answered) post(choices(given));
			};
			addEventListener("UC_UI_CMP_EVENT", function () { setTimeout(read, 0); });
			read();
		}],
		["__ucCmp", function (uc) { return uc.getConsentDetails; }, function (uc) { // Usercentrics, version 3
			var read = function () {
				uc.getConsentDetails().then(function (details) {
					if (details.consent.type !== "EXPLICIT") return;
					var given = {};
					Object.keys(details.categories || {}).forEach(function (name) { given[name] = details.categories[name].state === "ALL_ACCEPTED"; });
					Object.keys(details.services || {}).forEach(function (id) {
						var service = details.services[id];
						given[service.name] = !!(service.consent && service.consent.given);
					});
					post(choices(given));
				});
			};
			addEventListener("UC_CONSENT", read);
			read();
		}],
	];

	// The IAB's framework, of Sourcepoint and many others: it is asked where none of
	// the managers above is there, which have it, too, and know more.
	var framework = ["__tcfapi", function () { return true; }, function (tcf) {
		tcf("addEventListener", 2, function (data, ok) {
			if (!ok || data.gdprApplies !== true || (data.eventStatus !== "tcloaded" && data.eventStatus !== "useractioncomplete")) return;
			var consents = data.purpose.consents, out = {};
			Object.keys(purposes).forEach(function (category) {
				out[category] = purposes[category].every(function (n) { return consents[n] === true; });
			});
			post(out);
		});
	}];

	// Managers load at their own pace: they are looked for during half a minute.
	var begun = Date.now();
	(function look() {
		var list = Date.now() - begun < 3000 ? adapters : adapters.concat([framework]);
		var found = list.find(function (adapter) {
			var manager = window[adapter[0]];
			try { return manager && adapter[1](manager); } catch (e) { return false; } // it is not ready yet
		});
		if (found) found[2](window[found[0]]);
		else if (Date.now() - begun < 30000) setTimeout(look, 250);
	})();
	document.addEventListener("consent:bridge", function (event) { post(event.detail); });
})();

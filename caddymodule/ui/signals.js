// Tells tags that ask about consent what this visitor allows, before any of them runs:
// Google's consent mode (version 2), Microsoft's UET and, once there is one, Meta's
// pixel. data.signals is
//
//	{"granted": ["essential"], "layer": "dataLayer", "needs": {"ad_storage": ["advertising"], …}}
//
// A signal is granted if all categories that it needs are. The answer is known when the
// page is made, so nothing has to wait for an update.
if (globalThis.document) { // not in a worker, where the guard may be
	const { layer, needs } = data.signals;
	const states = (granted) => {
		const out = {};
		for (const signal in needs) out[signal] = needs[signal].every((name) => granted.includes(name)) ? "granted" : "denied";
		return out;
	};
	// Tags want the arguments object itself, not an array.
	const gtag = function () {
		(window[layer] = window[layer] || []).push(arguments);
	};
	const tell = (command, granted) => {
		const state = states(granted);
		gtag("consent", command, state);
		(window.uetq = window.uetq || []).push("consent", command, { ad_storage: state.ad_storage });
		if (command === "update" && typeof window.fbq === "function") {
			window.fbq("consent", state.ad_storage === "granted" ? "grant" : "revoke");
		}
	};
	tell("default", data.signals.granted);
	// Before what is held runs, so that it finds the new state.
	document.addEventListener("consent:release", (event) => tell("update", event.detail.granted));
}

// What only documents do: navigate, keep cookies, call others, start workers.

// Navigations that nobody asked for: a visitor who has just clicked is let go anywhere.
const strays = (url) => url && !win.navigator.userActivation?.isActive && judge(url);
// What a visitor has filled in may take its time: it waits for a captcha, or an answer.
const filled = (form) =>
	win.navigator.userActivation?.hasBeenActive &&
	[...(form?.elements || [])].some((field) => field.type !== "hidden" && field.checkVisibility?.() && "defaultValue" in field && (field.value !== field.defaultValue || field.checked !== field.defaultChecked));
win.navigation?.addEventListener("navigate", (event) => {
	const { destination, formData, sourceElement } = event;
	if (!formData && !sourceElement?.form && sourceElement?.localName !== "form" && strays(destination.url)) event.preventDefault();
});
wrap("HTMLFormElement HTMLElement", "submit requestSubmit click", (el, args, go, name) => {
	const by = name === "click" ? el : args[0]; // what submits the form
	const form = by === el ? is(el, /^(button|input)$/) && /^(submit|image)$/.test(el.type) && el.form : el;
	const to = (by && get(by, "formaction")) || (form && get(form, "action")) || (by === el && get(el, "href"));
	return !filled(form) && strays(to) ? undefined : go();
});
wrap(win, "open", (self, args, go) => {
	const opened = strays(args[0]) ? null : go();
	enter(opened);
	return opened;
});
// Frames that nothing was loaded into are this page's own. Documents that are opened anew lose who listens.
const loaded = ({ target }) => {
	try {
		if (target.contentWindow?.location.href === "about:blank") enter(target.contentWindow);
	} catch {}
};
const listen = (document) => document.addEventListener("load", loaded, true);
listen(doc);

// Cookies.
wrap("Document", "cookie", (self, args, go) => {
	args[0] = cookieLine(String(args[0]));
	return args[0] === null ? undefined : go();
});
wrap("CookieStore", "set", (self, args, go) => {
	const about = "name" in Object(args[0]) ? args[0] : { name: args[0], value: args[1] };
	const verdict = cookieVerdict(String(about.name));
	if (!verdict) return win.Promise.resolve();
	const until = verdict === -2 ? null : Date.now() + verdict * 1000;
	if (verdict !== -1 && about.expires > until) args.splice(0, 2, { ...about, expires: until });
	return go();
});
wrapNew("RTCPeerConnection", (args) => {
	const servers = args[0]?.iceServers;
	if (servers) args[0] = { ...args[0], iceServers: [...servers].filter((s) => ![].concat(s.urls || s.url).some((u) => judge(String(u).replace(/^\w+:/, "https://")))) };
});
// A worker whose script is made here begins with the guard; that of a file cannot, and
// has what the file's own response says (the CSP net).
const guardedScripts = new Map(); // of blobs: a shared worker is shared by its URL
wrapNew("Worker SharedWorker", (args) => {
	const [url, options] = args;
	if (!/^(blob|data):/.test(url) || options?.type === "module") return;
	const textOf = (address) => {
		const ask = new win.XMLHttpRequest();
		ask.open("GET", address, false);
		ask.send();
		return ask.responseText;
	};
	try {
		let script = guardedScripts.get(String(url));
		if (!script) {
			const text = textOf(url);
			const [directive] = /^(\s|\/\*([^*]|\*(?!\/))*\*\/|\/\/.*\n)*["']use strict["']|/.exec(text);
			const all = [directive, ";\n", textOf(ownScript), "\n", text];
			if (/^data/.test(url)) script = "data:text/javascript," + encodeURIComponent(all.join(""));
			else guardedScripts.set(String(url), (script = URL.createObjectURL(new win.Blob(all, { type: "text/javascript" }))));
		}
		args[0] = as(url, "ScriptURL", script);
	} catch {}
});

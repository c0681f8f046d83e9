// Stand-ins for the interfaces of vendors whose loaders are held: a page's later calls
// do nothing instead of failing. data.stubs is a list like
//
//	["ga()", "mixpanel.people.set()", "_gaq[]", "gtag()>dataLayer"]
//
// The calls are kept, and made again once the visitor allows the vendor and its
// loader has run. Nothing that is there already is replaced.
if (globalThis.document) { // not in a worker, where the guard may be
	const MOST = 100; // calls that are kept
	const calls = [];
	const own = new Map(); // name of a global -> its stub

	// after runs what a call expects to run behind it: a link's click may wait for it.
	const after = (args) => {
		const last = args[args.length - 1];
		const named = last && typeof last === "object" ? last.event_callback || last.hitCallback : args.length > 1 && last;
		if (typeof named === "function") setTimeout(named, 0);
	};
	const recorder = (path) =>
		function () {
			if (calls.length < MOST) calls.push([path, [...arguments]]);
			after(arguments);
		};

	for (const stub of data.stubs) {
		const [call, queue] = stub.split(">");
		if (call.endsWith("[]")) {
			const name = call.slice(0, -2);
			if (!(name in window)) window[name] = [];
			continue;
		}
		const path = call.slice(0, -2).split(".");
		const name = path[0];
		if (name in window && !own.has(name)) continue;
		let make = recorder(path);
		if (queue) {
			make = function () {
				(window[queue] = window[queue] || []).push(arguments);
				after(arguments);
			};
		}
		if (!own.has(name)) {
			// A name with nothing but methods is an object; "f()" comes before "f.x()".
			own.set(name, path.length === 1 ? make : {});
			window[name] = own.get(name);
		}
		let at = own.get(name);
		for (const part of path.slice(1, -1)) at = at[part] = at[part] || {};
		if (path.length > 1) at[path[path.length - 1]] = make;
	}

	// Loaders look whether their name is taken: before they run, it is given up.
	document.addEventListener("consent:release", () => {
		for (const [name, stub] of own) {
			if (window[name] === stub) delete window[name];
		}
	});
	// Behind them, what was called meanwhile is called. What is still not there stays away.
	document.addEventListener("consent:change", () => {
		for (const [path, args] of calls.splice(0)) {
			const name = path[path.length - 1];
			const holder = path.slice(0, -1).reduce((at, part) => at && at[part], window);
			if (holder && typeof holder[name] === "function") {
				try {
					holder[name](...args);
				} catch (error) {
					setTimeout(() => { throw error; }); // it is the page's, and stops nobody else's
				}
			} else if (!(path[0] in window)) {
				window[path[0]] = own.get(path[0]);
			}
		}
	});
}

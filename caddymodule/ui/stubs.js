// Stand-ins for the interfaces of vendors whose loaders are held: a page's later calls
// do nothing instead of failing, also of what no stub is for. data.stubs is a list like
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
		const named = last && typeof last === "object" ? last.event_callback || last.eventCallback || last.hitCallback : args.length > 1 && last;
		if (typeof named === "function") setTimeout(named, 0);
	};
	// What a page asks of an interface beyond that is nothing: it can be called and asked all the same. Whether something
	// is so it is not; and the words by which snippets and loaders know whether they have run say that they have not.
	const flags = /^(?:__.*|_?(?:loaded|initialized)|q|l|t|a|queue|load|init|initialize|invoked|started|version|methods|factory|callMethod|create|snippet.*|SNIPPET.*)$/;
	const asks = (name) => /^(?:is|has|can)(?![a-z])|[fF]lag|_id$|Id$|[pP]roperty/.test(name);
	const ask = (...args) => after(args);
	const nothing = new Proxy(function () {}, {
		get: (_, key) => {
			if (typeof key === "symbol") return key === Symbol.toPrimitive ? () => "" : undefined;
			return /^(?:__.*|_?loaded|then|toJSON|constructor|prototype|[1-9]\d*)$/.test(key) ? undefined : asks(key) ? ask : nothing;
		},
		apply: (_, self, args) => (after(args), nothing),
		construct: () => nothing,
	});
	const face = (target) => new Proxy(target, { get: (_, key) => (key in target || typeof key === "symbol" || flags.test(key) ? target[key] : nothing[key]) });
	const recorder = (path) =>
		function () {
			if (calls.length < MOST) calls.push([path, [...arguments]]);
			after(arguments);
			return asks(path[path.length - 1]) ? undefined : nothing;
		};
	// A queue that nobody reads calls back by itself.
	const queues = new Set();
	const listen = (name) => {
		const queue = (window[name] = window[name] || []);
		if (queues.has(queue) || !Array.isArray(queue) || Object.hasOwn(queue, "push")) return;
		queues.add(queue);
		const push = (...items) => {
			for (const item of items) after(item && typeof item === "object" && "length" in item ? item : [item]);
			return Array.prototype.push.apply(queue, items);
		};
		Object.defineProperty(queue, "push", { value: push, writable: true, configurable: true });
	};

	const inner = new Map(); // of what has methods, by its path: the stub behind its face
	const open = (path, make) => {
		const key = path.join(".");
		if (!inner.has(key)) {
			const target = make();
			inner.set(key, target);
			if (path.length > 1) open(path.slice(0, -1), () => [])[path[path.length - 1]] = face(target);
			else {
				own.set(key, face(target));
				window[key] = own.get(key);
			}
		}
		return inner.get(key);
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
		if (queue) listen(queue);
		if (name in window && !own.has(name)) continue;
		const make = queue
			? function () {
					(window[queue] = window[queue] || []).push(arguments);
				}
			: recorder(path);
		// A name with nothing but methods is an array, which many snippets begin with; "f()" comes before "f.x()".
		if (path.length === 1) open(path, () => make);
		else open(path.slice(0, -1), () => [])[path[path.length - 1]] = make;
	}

	// Loaders look whether their name is taken: before they run, it is given up.
	document.addEventListener("consent:release", () => {
		for (const [name, stub] of own) {
			if (window[name] === stub) delete window[name];
		}
		for (const queue of queues) delete queue.push;
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

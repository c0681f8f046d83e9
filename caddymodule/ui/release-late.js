// Listeners that come late. A script that runs after a choice may wait for events that
// are over: the document's DOMContentLoaded, the window's load. What is added for them
// from now on is called once, when finish says so and in that order, and what is added still
// later, soon. The events are not dispatched again: the page's own listeners have had them.
// close gives back what was wrapped; it is called when the scripts that were put into the
// page meanwhile have run, and after some seconds whatever they do.
const listenLate = () => {
	const late = (target, type) => type === "DOMContentLoaded" || (type === "load" && target === window);
	let listeners = []; // {target, type, listener, options, capture, once, signal}
	let called = false;
	let closed = false;

	// wrap puts around in front of a method: the method itself is called where that returns false.
	const targets = [window, document];
	const back = [];
	const wrap = (target, name, around) => {
		const own = Object.getOwnPropertyDescriptor(target, name);
		const method = target[name];
		const wrapper = new Proxy(method, {
			apply: (_, self, args) => {
				const of = self ?? window;
				if (!closed && args.length > 1 && targets.includes(of) && late(of, String(args[0])) && around(of, ...args)) return undefined;
				return Reflect.apply(method, self, args);
			},
		});
		Object.defineProperty(target, name, { value: wrapper, writable: true, enumerable: true, configurable: true });
		back.push(() => {
			if (target[name] !== wrapper) return; // somebody has wrapped it again, and this one passes everything on
			if (own) Object.defineProperty(target, name, own);
			else delete target[name];
		});
		return (...args) => Reflect.apply(method, target, args);
	};
	const read = (options) => (options && typeof options === "object" ? options : { capture: options });
	const same = (l, target, type, listener, options) =>
		l.target === target && l.type === String(type) && l.listener === listener && l.capture === !!read(options).capture;
	const add = new Map();
	for (const target of targets) {
		const method = wrap(target, "addEventListener", (of, type, listener, options) => {
			const { capture, once, signal } = read(options);
			const valid = listener && /^(function|object)$/.test(typeof listener) && (signal === undefined || signal instanceof AbortSignal);
			if (!valid) return false; // the browser knows what to say
			if (!listeners.some((l) => same(l, of, type, listener, options))) {
				listeners.push({ target: of, type: String(type), listener, options, capture: !!capture, once: !!once, signal });
			}
			if (called) setTimeout(call);
			return true;
		});
		add.set(target, method);
		wrap(target, "removeEventListener", (of, type, listener, options) => {
			listeners = listeners.filter((l) => !same(l, of, type, listener, options));
			return false;
		});
	}

	// The page's own onload is out of sight once it was called: who sets another often calls
	// the one before.
	let own = null;
	let last = null;
	const hide = () => {
		own = window.onload;
		last = window.onload = null;
	};
	if (document.readyState === "complete") hide();
	else add.get(window)("load", () => setTimeout(hide), { once: true });

	const tell = (target, event, listener) => {
		for (const [name, value] of [["target", document], ["srcElement", document], ["currentTarget", target]]) {
			Object.defineProperty(event, name, { value, configurable: true });
		}
		try {
			if (typeof listener === "function") listener.call(target, event);
			else listener.handleEvent(event);
		} catch (error) {
			report(error);
		}
	};
	const call = () => {
		called = true;
		for (const type of ["DOMContentLoaded", "load"]) {
			const event = new Event(type, { bubbles: type !== "load" });
			const over = type !== "load" || document.readyState === "complete";
			const handler = () => {
				if (type !== "load" || !over || typeof window.onload !== "function" || window.onload === last) return;
				last = window.onload;
				tell(window, event, last);
			};
			for (const [target, capture] of [[window, true], [document, true], [document, false], [window, false]]) {
				if (own && target === window && !capture) handler(); // it keeps the place of the page's own
				for (const l of listeners.filter((l) => l.type === type && l.target === target && l.capture === capture)) {
					if (!listeners.includes(l)) continue; // the one before has removed it
					listeners = listeners.filter((other) => other !== l);
					// What is still to come comes from the browser; and one that is not for once stays.
					if (!over || !l.once) add.get(target)(type, l.listener, l.options);
					if (over && !(l.signal && l.signal.aborted)) tell(target, event, l.listener);
				}
			}
			handler();
		}
	};

	const loading = new Set(); // scripts that were put into the page
	const watch = new MutationObserver((records) => {
		const added = records.flatMap((r) => [...r.addedNodes]).filter((node) => node.nodeType === 1);
		for (const script of added.flatMap((node) => [node, ...node.querySelectorAll("script")])) {
			if (!isScript(script) || spent.has(script) || addressOf(script) === null || kindOf(script) === "never") continue;
			loading.add(script);
			settled(script).then(() => {
				loading.delete(script);
				if (called) setTimeout(done);
			});
		}
	});
	watch.observe(document, { childList: true, subtree: true });
	const done = () => {
		if (loading.size === 0) close();
	};
	const finish = () => {
		call();
		setTimeout(done);
		setTimeout(close, 10000);
	};
	const close = () => {
		if (closed) return;
		call();
		closed = true;
		watch.disconnect();
		for (const give of back) give();
		if (own && !window.onload) window.onload = own;
	};
	return { finish, close };
};

// What a script writes with document.write while the page is parsed comes right behind it,
// and is there at once; scripts in it run before anything else does. Here a parser of its
// own reads what is written, and its nodes move behind the script as they come. (The parser
// goes on with an element that has moved. A script it has made does not run: a new one does.)
//
// run puts a script in the place of one that is held, and returns when it and all that it
// has written have run; defer gets those of them that are to run later. giveBack undoes all.
// allowed tells whether the page's policy lets a script pass.
const catchWrites = (allowed, defer) => {
	let stream = null; // of the script that runs or is waited for

	// open is what the methods of document do meanwhile. For scripts that nobody waits for,
	// the browser's own do nothing.
	const methods = {
		write: (parts) => stream.write(trusted.written(parts)),
		writeln: (parts) => stream.write(trusted.written(parts) + "\n"),
		open: () => document,
	};
	const back = [];
	for (const name in methods) {
		const own = Object.getOwnPropertyDescriptor(document, name);
		const method = document[name];
		const wrapper = new Proxy(method, {
			apply: (_, self, args) => (stream && self === document && stream.takes() ? methods[name](args) : Reflect.apply(method, self, args)),
		});
		Object.defineProperty(document, name, { value: wrapper, writable: true, enumerable: true, configurable: true });
		back.push(() => {
			if (document[name] !== wrapper) return;
			if (own) Object.defineProperty(document, name, own);
			else delete document[name];
		});
	}

	// Parts of a table would get lost outside of one.
	const around = { table: "<table>", tbody: "<table><tbody>", thead: "<table><thead>", tfoot: "<table><tfoot>", tr: "<table><tr>", select: "<select>" };

	const open = (end) => {
		let parser = null;
		let root = null; // where the parser puts what it reads
		let moved = []; // the last of it, which may still be open
		const known = new WeakSet(); // scripts that were seen
		let inside = 0; // how many scripts without an address are running
		let expected = null; // the script with an address whose turn it is
		let blocking = null; // {script, done}: nothing is read before it has run
		// What is not read yet, one text per script that runs: what the last one writes comes before
		// what the others have written.
		const unread = [""];
		const leave = () => {
			const rest = unread.pop();
			unread[unread.length - 1] = rest + unread[unread.length - 1];
		};
		const blocked = () => blocking !== null && blocking.script !== expected;

		const feed = (text) => {
			if (!parser) {
				parser = document.implementation.createHTMLDocument("");
				parser.write(trusted.html("<!doctype html><body>" + (around[end.parentNode.localName] || "")));
				for (root = parser.body; root.lastElementChild; ) root = root.lastElementChild;
			}
			if (text === null) parser.close();
			else parser.write(trusted.html(text));
			moved = moved.slice(-1);
			while (root.firstChild) {
				const node = root.firstChild;
				moved.push(node);
				end.before(node);
			}
		};
		const run = (written) => {
			known.add(written);
			const kind = kindOf(written);
			// The guard's mark: who wrote it is allowed, it is not.
			if (kind === "never" || written.hasAttribute(mark) || !allowed(written) || !written.isConnected) return;
			const script = renew(written);
			known.add(script);
			if (kind === "deferred") defer(written, script);
			else if (kind === "blocking") blocking = { script, done: settled(script) };
			if (kind === "inline") {
				unread.push("");
				inside++;
				written.replaceWith(script);
				inside--;
				leave();
			} else if (kind !== "deferred") {
				written.replaceWith(script);
			}
		};
		const read = () => {
			while (end.parentNode && !blocked() && unread[unread.length - 1]) {
				const text = unread[unread.length - 1];
				// Up to the end of a script, and nothing of one that has no end yet.
				const whole = /^[^]*?<\/script[^>]*>/i.exec(text);
				const part = whole ? whole[0] : text.slice(0, text.search(/<script\b|<(s(c(r(ip?)?)?)?)?$|$/i));
				if (!part) return;
				unread[unread.length - 1] = text.slice(part.length);
				feed(part);
				for (const node of moved.filter((node) => node.nodeType === 1)) {
					for (const script of [node, ...node.querySelectorAll("*")]) {
						if (script.localName === "script" && !known.has(script)) run(script);
					}
				}
			}
		};
		return {
			// A handler of the page that writes now would write the page anew.
			takes: () => inside > 0 || [null, expected].includes(document.currentScript),
			write: (text) => {
				unread[unread.length - 1] += text;
				read();
			},
			begin: (script, kind, put) => {
				if (kind === "inline") {
					inside++;
					put();
					inside--;
					return null;
				}
				expected = script;
				const done = settled(script);
				put();
				return done;
			},
			// finish waits for scripts that were written, and reads the rest.
			finish: async () => {
				while (blocking) {
					const { script, done } = blocking;
					expected = script;
					unread.push("");
					await done;
					leave();
					if (blocking.script === script) blocking = null;
					expected = null;
					read();
				}
				if (parser || unread[0]) {
					if (end.parentNode) feed(unread[0]);
					if (end.parentNode) feed(null);
				}
			},
		};
	};

	const run = async (held, script, kind) => {
		const end = document.createTextNode("");
		held.after(end);
		stream = open(end);
		try {
			await stream.begin(script, kind, () => held.replaceWith(script));
			await stream.finish();
		} finally {
			stream = null;
			end.remove();
		}
	};
	return { run, giveBack: () => back.forEach((give) => give()) };
};

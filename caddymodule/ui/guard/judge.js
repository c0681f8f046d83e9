// How the guard judges a URL and a cookie: as the server does, by the rules that it is given
// (consent/guard.go). Once for all frames; the rest is what asks.
let rules;
const { own } = data.guard;
const { origin } = location;
// seeded does what guardHash does, in consent/guard.go.
const { imul } = Math;
const seeded = (text) => {
	let a = 1;
	let b = 2;
	for (const c of rules.seed + text) {
		a = imul(a ^ c.codePointAt(), 2654435761);
		b = imul(b ^ c.codePointAt(), 1597334677);
	}
	a = imul(a ^ (a >>> 16), 2654435761) ^ imul(b ^ (b >>> 13), 1597334677);
	b = imul(b ^ (b >>> 16), 2654435761) ^ imul(a ^ (a >>> 13), 1597334677);
	return btoa(String.fromCharCode(...new Uint8Array(Int32Array.of(a, b).buffer))).slice(0, 7);
};
const glob = (parts, text) => {
	const is = (at, i) => !parts[i] || (at >= 0 && at + parts[i] <= text.length && seeded(text.slice(at, at + parts[i])) === parts[i + 1]);
	const last = parts.length - 2;
	if (!last) return text.length === parts[0] && is(0, 0);
	let at = parts[0];
	const end = text.length - parts[last];
	if (at > end || !is(0, 0) || !is(end, last)) return false;
	for (let i = 2; i < last; i += 2) {
		while (at + parts[i] <= end && !is(at, i)) at++;
		at += parts[i];
		if (at > end) return false;
	}
	return true;
};
const suffix = /^(?:[a-z][a-z0-9-]+|(?:com?|org?|net?|ac|gov|edu|gob|go|nom|in|web)\.[a-z]{2})$/;
let deny;
const decoded = (path) =>
	path.replace(/%[0-9a-f]{2}/gi, (e) => {
		const c = unescape(e);
		return /[\w.~-]/.test(c) ? c : e.toUpperCase();
	});
const first = (list, at, full) =>
	list?.find(
		([, , subs, path, query]) =>
			!(full && subs) && (!path || glob(path, at.path)) && !query?.some(([name, value]) => !at.query.some(([n, v]) => seeded(n) === name && (!value || glob(value, v)))),
	);
// find returns the rule for a URL, as the server would.
const find = (index, at, hosts) => {
	const labels = at.host.split(".");
	for (let i = 0; i < labels.length; i++) {
		const key = at.keys[i];
		const found = [first(index.hosts?.[key], at, !i), hosts?.[key], !i && at.host === site && first(index.site, at)];
		for (let n = 1; index.stems && n < 3 && i < labels.length - n; n++) {
			if (suffix.test(labels.slice(-n).join("."))) found.push(first(index.stems[seeded(labels.slice(i, -n).join("."))], at, !i));
		}
		const [best] = found.filter(Boolean).sort(([a], [b]) => a - b);
		if (best) return best;
	}
	return first(index.any, at);
};
const read = (given) => {
	rules = given;
	deny = Object.create(null);
	rules.deny?.forEach((hosts, mark) => {
		for (const [key] of hosts.matchAll(/.{7}/g)) deny[key] = [1e9, mark];
	});
	known.clear();
};
const known = new Map();
const site = origin.replace(/^.*\/\/|\.?(:\d+)?$/g, "");
// judgeURL returns the mark of what is blocked, else "".
const judgeURL = (u) => {
	const host = u.hostname.replace(/\.$/, "");
	if (!host || !/^(https?|wss?|ftp):$/.test(u.protocol)) return "";
	if (known.has(u.href)) return known.get(u.href);
	const at = { host, path: decoded(u.pathname), query: [...u.searchParams], keys: host.split(".").map((_, i, all) => seeded(all.slice(i).join("."))) };
	let mark = "";
	if (!rules.off && !find(rules.except, at)) {
		const rule = find(rules.rules, at, deny);
		if (rule) mark = rules.marks[rule[1]] || "";
		else if (rules.unknown && host !== site && !("." + host).endsWith("." + own)) mark = "unknown";
	}
	if (known.size > 2000) known.clear();
	known.set(u.href, mark);
	return mark;
};
// cookieVerdict: see the constants in consent/guard.go.
const cookieVerdict = (cookie) => {
	if (rules.off) return -1;
	return rules.exact[seeded(cookie)] ?? rules.wild?.find(([parts]) => glob(parts, cookie))?.[1] ?? rules.cookies;
};
// cookieLine returns what may be written of a line, null for nothing.
const cookieLine = (line) => {
	const [pair, ...attributes] = line.split(";");
	const verdict = cookieVerdict(/^\s*=?([^=]*)/.exec(pair)[1].trim());
	if (verdict === -1) return line;
	const lives = attributes.map((a) => /^\s*(?:max-age\s*=\s*(-?\d+)\s*$|expires\s*=(.*:\d.*))/i.exec(a));
	const [age, until] = [1, 2].map((i) => lives.map((life) => life?.[i]).findLast(Boolean));
	const left = age ? +age : (Date.parse(until) - Date.now()) / 1000;
	if (left <= 0) return line + "; Max-Age=0"; // a deletion, and none but to this
	if (!verdict) return null;
	const kept = [pair, ...attributes.filter((_, i) => !lives[i])].join(";");
	return verdict === -2 || !(left === left) ? kept : `${kept}; Max-Age=${Math.min(left, verdict) | 0}`;
};
read(data.guard.rules);

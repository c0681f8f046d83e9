// Requests, of documents and of workers. One for the address of nothing fails as for want of a
// network, and makes none.
const nowhere = `blob:${origin}/0`;
const global = doc ? win : "WorkerGlobalScope";
wrap(global, "importScripts", (self, args, go) => {
	if (args.some(judge)) throw new win.DOMException("Failed to fetch", "NetworkError");
	return go();
});
const refuse = (interfaces, names) =>
	wrap(interfaces, names, (self, args, go, name) => {
		if (name === "addAll") args[0] = [...args[0]];
		return [].concat(args[0]).some((asked) => judge(asked?.url ?? asked)) ? win.Promise.reject(new win.TypeError("Failed to fetch")) : go();
	});
refuse(global, "fetch fetchLater");
refuse("Cache", "add addAll");
refuse("Worklet", "addModule");
wrap("XMLHttpRequest", "open", (self, args, go) => {
	if (judge(args[1])) args.splice(0, 2, "GET", nowhere);
	return go();
});
// "true" says that it is on its way. After "false" scripts try by other ways.
wrap("Navigator", "sendBeacon", (self, args, go) => !!judge(args[0]) || go());
const instead = (names, other) =>
	wrapNew(names, (args) => {
		if (judge(args[0])) args[0] = as(args[0], "ScriptURL", other);
	});
instead("Audio Worker SharedWorker EventSource", nowhere);
// Where nobody listens for it: this site says no.
instead("WebSocket WebSocketStream", origin.replace("http", "ws") + path + "/no");
instead("WebTransport", origin.replace("http:", "https:"));

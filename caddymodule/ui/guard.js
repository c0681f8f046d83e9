// Applies the decision to what scripts do: see caddymodule/guard.go. After a choice
// the event consent:release on document makes it ask the server what holds now; it takes
// nothing from the event, so that no script loosens it. It says consent:guarded when done.
// include guard/judge.js

// What holds for all frames.
const owners = new WeakMap(); // of attributes
const guarded = new WeakSet(); // documents
const { path } = data.guard;
const { src: ownScript = "", nonce: ownNonce = "" } = globalThis.document?.currentScript || {};
const ownTag = `<script nonce="${ownNonce}" src="${ownScript.replace(/&/g, "&amp;")}"></script>`;

// guardIn applies it in one window: the page's, a frame's that scripts have made, or a worker's.
const guardIn = (win) => {
	// include guard/window.js
	// include guard/values.js
	// include guard/hold.js
	// include guard/markup.js
	if (doc) {
		// include guard/properties.js
		// include guard/insert.js
		// include guard/documents.js
	}
	// include guard/requests.js
};

if (globalThis.document) {
	guarded.add(document);
	Object.defineProperty(document, Symbol.for("consent.nonce"), { value: ownNonce }); // for release.js
	const { fetch, Event } = globalThis;
	const renew = async () => {
		const answer = await fetch(new URL(path + "/guard.json", ownScript), { cache: "no-store" });
		if (answer.ok) read(await answer.json());
		document.dispatchEvent(new Event("consent:guarded"));
	};
	document.addEventListener("consent:release", (event) => {
		const renewed = renew();
		event.detail?.waits?.push?.(renewed); // release.js waits for it
	});
}
guardIn(globalThis);

// placeOf is where a script of this module is. A <base> that comes behind it changes what its src seems to be; but
// its address begins at the root of the site.
const placeOf = (script) => {
	const src = script.getAttribute("src");
	return /^\/(?!\/)/.test(src) && origin !== "null" ? origin + src : script.src;
};

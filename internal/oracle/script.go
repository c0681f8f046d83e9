package oracle

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// jsTypes are the JavaScript MIME type essences.
var jsTypes = map[string]bool{}

func init() {
	for t := range strings.FieldsSeq(`application/ecmascript application/javascript application/x-ecmascript
		application/x-javascript text/ecmascript text/javascript text/javascript1.0 text/javascript1.1
		text/javascript1.2 text/javascript1.3 text/javascript1.4 text/javascript1.5 text/jscript
		text/livescript text/x-ecmascript text/x-javascript`) {
		jsTypes[t] = true
	}
}

// scriptKind is what a script element is by its type: "code", "importmap",
// "speculationrules", or nothing.
func scriptKind(e *tag) string {
	typ, has := e.get("type")
	lang, hasLang := e.get("language")
	switch {
	case has && typ == "" || !has && (!hasLang || lang == ""):
		return "code"
	case !has:
		typ = "text/" + lang // white space and all
		if jsTypes[strings.ToLower(typ)] {
			return "code"
		}
		return ""
	}
	// White space around it is stripped from a MIME type only.
	switch typ = strings.ToLower(typ); {
	case typ == "module" || jsTypes[strings.Trim(typ, " \t\n\f\r")]:
		return "code"
	case typ == "importmap" || typ == "speculationrules":
		return typ
	}
	return ""
}

// script notes what a script element loads through one of attrs, or else its text.
func (o *oracle) script(e *tag, attrs ...string) {
	kind := scriptKind(e)
	o.list(e, "attributionsrc")
	for _, attr := range attrs {
		v, ok := e.get(attr)
		if !ok {
			continue
		}
		if kind != "code" {
			return
		}
		if _, code, isData := dataURL(v); isData {
			o.see(e, attr, e.name+" "+attr+" data:", Sight{Script: code, Derived: true})
			return
		}
		o.attribute(e, attr)
		return
	}
	if strings.TrimSpace(e.text) == "" {
		return
	}
	switch kind {
	case "code":
		o.see(e, "", strings.TrimPrefix(e.ns+" inline script", " "), Sight{Script: e.text})
	case "importmap", "speculationrules":
		var v any
		if json.Unmarshal([]byte(e.text), &v) == nil {
			o.json(e, kind, v)
		}
	}
}

// json notes the URLs of an import map or of speculation rules.
func (o *oracle) json(e *tag, kind string, v any) {
	top, _ := v.(map[string]any)
	if kind == "importmap" {
		scopes, _ := top["scopes"].(map[string]any)
		imports := append(slices.Collect(maps.Values(scopes)), top["imports"])
		for _, m := range imports {
			m, _ := m.(map[string]any)
			for _, address := range m {
				if url, ok := address.(string); ok {
					o.see(e, "", kind, Sight{URL: url, Derived: true})
				}
			}
		}
		return
	}
	for _, action := range []string{"prefetch", "prerender"} {
		rules, _ := top[action].([]any)
		for _, rule := range rules { // one that makes no sense is passed over
			rule, _ := rule.(map[string]any)
			urls, list := rule["urls"].([]any)
			if !list && rule != nil && strings.Contains(e.text, "//") { // else all are this site's. It picks links of the page, by what its text says
				o.see(e, "", kind+" for links", Sight{Script: e.text, Derived: true})
			}
			for _, url := range urls {
				if url, ok := url.(string); ok {
					o.see(e, "", kind, Sight{URL: url, Derived: true})
				}
			}
		}
	}
}

// handlers are the event handler content attributes (HTML section 8.1.8.2,
// and those of SVG, pointer, touch, animation and transition events).
var handlers = map[string]bool{}

func init() {
	for name := range strings.FieldsSeq(`abort afterprint animationcancel animationend animationiteration animationstart
		auxclick beforecopy beforecut beforeinput beforematch beforepaste beforeprint beforetoggle beforeunload begin blur
		cancel canplay canplaythrough change click close command contentvisibilityautostatechange contextlost contextmenu
		contextrestored copy cuechange cut dblclick drag dragend dragenter dragleave dragover dragstart drop durationchange
		emptied end ended error focus focusin focusout formdata gotpointercapture hashchange input invalid keydown keypress
		keyup languagechange load loadeddata loadedmetadata loadstart lostpointercapture message messageerror mousedown
		mouseenter mouseleave mousemove mouseout mouseover mouseup mousewheel offline online pagehide pagereveal pageshow
		pageswap paste pause play playing pointercancel pointerdown pointerenter pointerleave pointermove pointerout
		pointerover pointerrawupdate pointerup popstate progress ratechange rejectionhandled repeat reset resize scroll
		scrollend scrollsnapchange scrollsnapchanging search securitypolicyviolation seeked seeking select selectionchange
		selectstart slotchange stalled storage submit suspend timeupdate toggle touchcancel touchend touchmove touchstart
		transitioncancel transitionend transitionrun transitionstart unhandledrejection unload volumechange waiting
		webkitanimationend webkitanimationiteration webkitanimationstart webkittransitionend wheel`) {
		handlers["on"+name] = true
	}
}

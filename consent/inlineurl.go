package consent

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/caddy-consent/caddy-consent/consent/weburl"
	"github.com/caddy-consent/caddy-consent/internal/percent"
)

// loaderSign stands for the number of a vendor in a pattern that is none's.
const loaderSign = -1

// loaders are the signs that a script makes the browser fetch something. They are
// looked for in the same pass as the patterns of vendors.
var loaders = func() []inlinePattern {
	signs := []string{
		"createElement", "import(", "importScripts",
		"document.write", "new Image(", "new Image;", "new Image,", "insertAdjacentHTML", "innerHTML", "outerHTML",
		"srcdoc", ".src=", "setAttribute('src'", "fetch(", "sendBeacon", "XMLHttpRequest", "WebSocket", "EventSource",
		"new Worker", "new SharedWorker", "getScript(", "fetch?.(", "['fetch'](", "parseFromString", "createContextualFragment", "setHTMLUnsafe",
		"backgroundImage", "cssText", "replaceSync(", "insertRule(", "new FontFace",
		"style.background=", "body.background=", "setProperty(*url(", ".animate(*url(", "srcset=", "poster=", "['src']=", "new Audio(", ".Image(", "fetch.call(", "window.fetch(",
		"addModule(", "require([", "require.config(", "requirejs([", "requirejs.config(", "dataType:'script'", "dataType':'script'",
		"loadScript(", "loadjs(", "LazyLoad.js(", "head.js(", "head.load(", "$LAB.script(", "$script(", "Modernizr.load(",
	}
	patterns := make([]inlinePattern, len(signs))
	for i, sign := range signs {
		p, problem := parseInlinePattern(sign)
		if problem != "" {
			panic(sign + ": " + problem)
		}
		p.vendor = loaderSign
		patterns[i] = p
	}
	return patterns
}()

// mayHoldURL is a quick no: a URL with a host has two slashes, plain, escaped,
// or at the end of a string to which more is added.
func mayHoldURL(script []byte) bool {
	if bytes.IndexByte(script, '\\') >= 0 {
		return true
	}
	for {
		i := bytes.IndexByte(script, '/')
		if i < 0 || i+1 == len(script) {
			return encodesSlashes(script)
		}
		if c := script[i+1]; c == '/' || isQuote(c) {
			return true
		}
		script = script[i+1:]
	}
}

// literalBase stands in for the page: protocol-relative literals need a
// scheme, and no other part of it matters.
var literalBase = func() *weburl.URL {
	var u weburl.URL
	u.Parse([]byte("https://page.invalid/"), nil)
	return &u
}()

// scanLiterals visits the vendors of all absolute and protocol-relative URLs
// in the script's string and template literals, and of hosts that are a literal of their own,
// where another ends where a host is to follow: var h = "host"; … "https://" + h + "/path".
func (p *Policy) scanLiterals(script, site []byte, visit func(vendor int) bool) {
	var u weburl.URL
	var space [1024]byte
	scratch := space[:0]
	l := jsLexer{src: script}
	added := false // a plus stands before the token
	open := false  // a literal ends in "//"
	var few [8]int
	hosts := few[:0] // the vendors of literals that are a host
	var url []byte   // with such a host
	var t jsToken
	for l.read(&t); t.kind != jsEnd; l.read(&t) {
		if t.kind != jsString && t.kind != jsTemplate {
			added = t.is("+") && t.kind == jsPunct
			continue
		}
		text := t.text
		if bytes.IndexByte(text, '\\') >= 0 {
			scratch = appendUnescaped(scratch[:0], text)
			text = scratch
		}
		if t.kind == jsString && t.closed() && l.follows('+') {
			scratch = l.concatenated(append(scratch[:0], text...))
			text = scratch
		}
		switch {
		case endsBeforeHost(text):
			open = open || t.kind == jsTemplate || t.closed()
		case isHostName(text):
			url = append(append(url[:0], "https://"...), text...)
			if u.Parse(url, nil) && p.except.find(&u, site) == nil {
				if vendor := p.owner(&u, site); vendor >= 0 {
					hosts = append(hosts, vendor)
				}
			}
		}
		text = unwrapped(text)
		if added && beginsWithHost(text) {
			// The scheme is in what it is added to: (secure ? "https://" : "http://") + "host/path".
			text = append([]byte("https://"), bytes.TrimLeft(text, ".")...)
		}
		added = false
		for whole := text; ; {
			var raw []byte
			if raw, text = cutURL(text); raw == nil {
				break
			}
			if !u.Parse(raw, literalBase) || p.except.find(&u, site) != nil || isLink(whole[:len(whole)-len(text)-len(raw)]) {
				continue
			}
			if vendor := p.owner(&u, site); vendor >= 0 && !visit(vendor) {
				return
			}
		}
	}
	for _, vendor := range hosts {
		if open && !visit(vendor) {
			return
		}
	}
}

// unwrapped is a literal's text without an encoding around it that scripts undo themselves: JSON
// within a string, in which slashes have a backslash, and a URL that is percent-encoded as a whole.
func unwrapped(text []byte) []byte {
	if bytes.Contains(text, []byte(`\/`)) {
		text = bytes.ReplaceAll(text, []byte(`\/`), []byte("/"))
	}
	if i := bytes.IndexByte(text, '%'); i >= 0 && i <= len("https:") && encodesSlashes(text[i:min(i+len("%3A%2F%2F"), len(text))]) {
		text = percent.Append(nil, text)
	}
	return text
}

// endsBeforeHost tells whether text ends where the host of a URL is to follow.
func endsBeforeHost(text []byte) bool {
	before, ok := bytes.CutSuffix(text, []byte("//"))
	return ok && (len(before) == 0 || before[len(before)-1] != '/' && !isHostByte(before[len(before)-1]))
}

// isHostName tells whether text is a name with a dot in it, and nothing else.
func isHostName(text []byte) bool {
	dot := bytes.LastIndexByte(text, '.')
	if dot <= 0 || text[0] == '.' || len(text)-dot < 3 || len(text) > 253 {
		return false
	}
	for _, c := range text {
		if !isHostByte(c) {
			return false
		}
	}
	return true
}

// scanImports visits the vendors of all that a module imports by a declaration. No guard can stop that, so
// every way counts in which a URL may be written.
func (p *Policy) scanImports(script, site []byte, visit func(vendor int) bool) {
	if !mayImport(script) {
		return
	}
	base := literalBase
	if len(site) > 0 {
		base = new(weburl.URL)
		base.Parse(append([]byte("https://"), site...), nil)
	}
	var u weburl.URL
	l := jsLexer{src: script}
	names := false // the token before names a module by the one behind it
	var t jsToken
	for l.read(&t); t.kind != jsEnd; l.read(&t) {
		if names && t.kind == jsString {
			// "https:host/" is another host's URL in a page of http.
			url := appendUnescaped(nil, t.text)
			if (u.Parse(url, nil) || u.Parse(url, base)) && p.except.find(&u, site) == nil {
				if vendor := p.owner(&u, site); vendor >= 0 && !visit(vendor) {
					return
				}
			}
		}
		names = t.kind == jsWord && (t.is("import") || t.is("from"))
	}
}

// mayImport is a quick no: both declarations have a word that a script begins with, or a line or a
// statement, and that nothing of a name follows.
func mayImport(script []byte) bool {
	for i := 0; ; i++ {
		n := bytes.Index(script[i:], []byte("port"))
		if n < 0 {
			return false
		}
		i += n
		if i < 2 || i+4 == len(script) || script[i-1] != 'm' && script[i-1] != 'x' || script[i-2] != 'i' && script[i-2] != 'e' {
			continue
		}
		ofName := func(c byte) bool { return isWord[c] && c < utf8.RuneSelf } // other bytes may be blanks
		if c := script[i+4]; (i == 2 || !ofName(script[i-3])) && !ofName(c) && c != '(' && c != '.' && c != ':' {
			return true
		}
	}
}

// isLink tells whether what comes behind markup is the address of a link, which nobody loads.
func isLink(markup []byte) bool {
	markup = markup[max(0, len(markup)-512):] // of which there may be much for each of many
	at := bytes.LastIndexByte(markup, '<')
	tag := markup[at+1:]
	if at < 0 || len(tag) < len("a href=") || tag[0]|0x20 != 'a' || !isSpace(tag[1]) && tag[1] != '\n' {
		return false
	}
	quote, opened := byte(0), 0 // that of the value, and where it is
	for i, c := range tag {
		switch {
		case quote == 0 && (c == '"' || c == '\''):
			quote, opened = c, i
		case c == quote:
			quote = 0
		case c == '>' && quote == 0:
			return false
		}
	}
	if quote != 0 {
		if opened != len(tag)-1 {
			return false
		}
		tag = tag[:opened]
	}
	return len(tag) >= 6 && strings.EqualFold(string(tag[len(tag)-6:]), " href=")
}

// beginsWithHost tells whether text may be the rest of a URL from its host on:
// a name with a dot in it, and a path.
func beginsWithHost(text []byte) bool {
	slash := bytes.IndexByte(text, '/')
	if slash <= 0 || bytes.HasPrefix(text[slash:], []byte("//")) {
		return false
	}
	dot := false
	for _, c := range text[:slash] {
		dot = dot || c == '.'
		if !isHostByte(c) {
			return false
		}
	}
	return dot
}

// cutURL returns the first URL with a host in text, and what follows it. The
// text may be a URL, or hold markup with URLs in it.
func cutURL(text []byte) (raw, rest []byte) {
	for {
		i := bytes.Index(text, []byte("//"))
		if i < 0 {
			return nil, nil
		}
		start := i
		if i > 0 && text[i-1] == ':' {
			for start = i - 1; start > 0 && text[start-1]|0x20 >= 'a' && text[start-1]|0x20 <= 'z'; {
				start--
			}
		}
		end := i + 2
		for end < len(text) && !endsURL(text[end]) {
			end++
		}
		if end > i+2 && start != i-1 { // "://" without a scheme is a piece of something
			return text[start:end], text[end:]
		}
		text = text[end:]
	}
}

// endsURL is true for what delimits a URL in markup or CSS within a string.
func endsURL(c byte) bool {
	return c <= ' ' || c == '<' || c == '>' || c == ')' || c == '\\' || isQuote(c)
}

// appendUnescaped appends the value of a string literal's text to dst
// (ECMA-262 §12.9.4). Surrogates become U+FFFD: no host has one.
func appendUnescaped(dst, s []byte) []byte {
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			dst = append(dst, s[i])
			continue
		}
		i++
		digits, width := []byte(nil), 0
		switch s[i] {
		case 'x':
			if i+2 < len(s) {
				digits, width = s[i+1:i+3], 2
			}
		case 'u':
			if i+1 < len(s) && s[i+1] == '{' {
				if end := bytes.IndexByte(s[i:], '}'); end > 2 && end < 10 {
					digits, width = s[i+2:i+end], end
				}
			} else if i+4 < len(s) {
				digits, width = s[i+1:i+5], 4
			}
		case 'n', 'r', 't', 'b', 'f', 'v':
			dst = append(dst, ' ') // all end a URL alike
			continue
		case '\r', '\n': // line continuation
			continue
		case '0', '1', '2', '3', '4', '5', '6', '7': // in sloppy code, octal (Annex B.1.2)
			n, end := 0, min(i+3, len(s))
			for ; i < end && '0' <= s[i] && s[i] <= '7' && n < 0o40; i++ {
				n = n*8 + int(s[i]-'0')
			}
			i--
			dst = utf8.AppendRune(dst, rune(n))
			continue
		default:
			dst = append(dst, s[i])
			continue
		}
		n, err := strconv.ParseUint(string(digits), 16, 32)
		if err != nil {
			dst = append(dst, s[i])
			continue
		}
		dst = utf8.AppendRune(dst, rune(n))
		i += width
	}
	return dst
}

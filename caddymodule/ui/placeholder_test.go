package ui

import (
	"bytes"
	"compress/gzip"
	"strings"
	"testing"
)

func TestAPlaceholderSaysWhoWouldBeContacted(t *testing.T) {
	texts, lang, dir := NewLanguages(nil, nil).Choose("", "")
	p := Placeholder{
		Texts: texts, Lang: lang, Dir: dir, Base: "/.consent/", Vendor: `Films "R" <Us>`, Company: "R & Co", Host: "video.test",
		Privacy: "https://films.test/privacy?a=1&b", Categories: "social", Settings: true, Once: true,
	}
	html := p.HTML()
	for _, want := range []string{
		`<html lang="en" dir="ltr">`, `<title>Films &#34;R&#34; &lt;Us&gt;</title>`,
		`<link rel="stylesheet" href="/.consent/placeholder.css"><script src="/.consent/placeholder.js" defer></script>`,
		`Content from Films &#34;R&#34; &lt;Us&gt; is not shown`, `is a service of R &amp; Co. Loading it contacts video.test.`,
		`href="https://films.test/privacy?a=1&amp;b" target="_blank"`, `<a id="settings" href="/.consent/" target="_top">Cookie settings</a>`,
		`data-categories="social" data-offers="once">`,
	} {
		if !strings.Contains(html, want) {
			t.Errorf("no %s in %s", want, html)
		}
	}
	bare := Placeholder{Texts: texts, Lang: lang, Dir: dir, Base: "/.consent/", Vendor: "video.test", Host: "video.test", Reload: true}.HTML()
	for _, not := range []string{"<a ", "service of", "once"} {
		if strings.Contains(bare, not) {
			t.Errorf("%s in %s", not, bare)
		}
	}
	// Addresses that would run as code are none.
	p.Privacy = "javascript:alert(1)"
	if html := p.HTML(); strings.Contains(html, "javascript:") {
		t.Error(html)
	}
}

// A page with many frames has the document many times, and the assets once.
func TestPlaceholdersAreSmall(t *testing.T) {
	var compressed bytes.Buffer
	w := gzip.NewWriter(&compressed)
	_, _ = w.Write(Asset("placeholder.css"))
	_, _ = w.Write(Script("placeholder.js"))
	_ = w.Close()
	texts, lang, dir := NewLanguages(nil, nil).Choose("", "")
	document := Placeholder{Texts: texts, Lang: lang, Dir: dir, Base: "/.consent/", Vendor: "Films", Company: "Films & Co", Host: "video.test", Privacy: "https://films.test/", Settings: true}.HTML()
	if compressed.Len() > 3300 || len(document) > 1400 {
		t.Errorf("assets: %d bytes compressed, document: %d bytes", compressed.Len(), len(document))
	}
}

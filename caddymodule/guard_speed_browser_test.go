package caddymodule_test

import (
	"fmt"
	"io"
	"net/http"
	"testing"

	"github.com/chromedp/chromedp"
)

// guardWork are the things that the scripts of pages do most, and how many times as long each may
// take with the guard: some three times what was measured, since other things run on the machine.
var guardWork = []struct {
	name, work string
	most       float64
}{
	{"a row that is appended", `const tr = document.createElement("tr"), td = document.createElement("td"); td.textContent = i; tr.appendChild(td); deep.appendChild(tr)`, 10},
	{"elements built apart", `const p = document.createElement("p"), b = document.createElement("b"); b.appendChild(document.createTextNode(i)); p.appendChild(b)`, 10},
	{"markup in which nothing fetches", `deep.innerHTML = '<b class="x">' + i + "</b>"`, 6},
	{"an attribute that fetches nothing", `deep.setAttribute("class", "c" + (i & 7))`, 8},
	{"text", `deep.textContent = i`, 8},
	{"a style", `deep.style.left = i + "px"`, 4},
}

const guardWorkPage = `<!doctype html><html><head><title>x</title></head><body><div id="deep"></div><script>
function time(work) {
	const f = new Function("deep", "i", work);
	let deep = document.getElementById("deep"), best = Infinity;
	for (let i = 0; i < 10; i++) deep = deep.appendChild(document.createElement("div"));
	for (let round = 0; round < 7; round++) {
		deep.textContent = "";
		const start = performance.now();
		for (let i = 0; i < 2000; i++) f(deep, i);
		best = Math.min(best, performance.now() - start);
	}
	return best;
}
</script></body></html>`

// The guard stands around what scripts do all the time, and most of that fetches nothing.
func TestBrowserTheGuardCostsScriptsLittle(t *testing.T) {
	if testing.Short() {
		t.Skip("speed is not measured with -short, nor with the race detector")
	}
	s := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, guardWorkPage)
	}), "@bare path /bare\nconsent @bare {\nbanner off\nguard off\n"+policy+"\n}\n@guarded not path /bare\nconsent @guarded {\nbanner off\nguard on\n"+policy+"\n}\nreverse_proxy {upstream}")
	rec := record(t)
	tab := guardTab(t, rec, s)
	took := func(path, work string) float64 {
		visit(t, tab, "http://site.test"+path, true)
		ms, err := chromedp.Run(tab, chromedp.Evaluate[float64](fmt.Sprintf("time(%q)", work)))
		if err != nil {
			t.Fatal(err)
		}
		return ms
	}
	for _, w := range guardWork {
		var ratio float64
		for range 3 { // what else the machine does may slow one down
			bare, guarded := took("/bare", w.work), took("/guarded", w.work)
			if ratio = guarded / max(bare, 0.1); ratio <= w.most {
				break
			}
		}
		t.Logf("%s: %.1f", w.name, ratio)
		if ratio > w.most {
			t.Errorf("%s takes %.1f times as long with the guard, more than %.0f", w.name, ratio, w.most)
		}
	}
}

package caddymodule_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// What browser tests see and do beside the page's own scripts, and in its frames.

// aside evaluates an expression beside the page's own scripts: no guard of the page is
// asked, nor brought into its frames.
func aside(t *testing.T, tab context.Context, expression string) string {
	t.Helper()
	tree, err := chromedp.Call(tab, cdppage.GetFrameTree, cdp.Empty{})
	if err != nil {
		t.Fatal(err)
	}
	world, err := chromedp.Call(tab, cdppage.CreateIsolatedWorld, cdppage.CreateIsolatedWorldParams{FrameID: tree.FrameTree.Frame.ID})
	if err != nil {
		t.Fatal(err)
	}
	is, err := chromedp.Run(tab, chromedp.Evaluate[string]("String("+expression+")", func(p *runtime.EvaluateParams) { p.ContextID = world.ExecutionContextID }))
	if err != nil {
		return err.Error() // the page has just gone
	}
	return is
}

// expectAside waits until an expression has a value.
func expectAside(t *testing.T, tab context.Context, expression, want string) {
	t.Helper()
	is := ""
	for range 200 {
		if is = aside(t, tab, expression); is == want {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("%s: %.500s, want %s", expression, is, want)
}

// within is an expression about the document of a frame, as "d"; "gone" if it is another
// site's.
func within(frame, expression string) string {
	return `((d) => d ? ` + expression + ` : "gone")(document.getElementById("` + frame + `").contentDocument)`
}

const buttons = `[...d.querySelectorAll("button")].map((b) => b.textContent).join()`

// point clicks an element of a frame with the mouse, as the visitor does.
func point(t *testing.T, tab context.Context, frame, id string) {
	t.Helper()
	var at struct{ X, Y float64 }
	where := aside(t, tab, fmt.Sprintf(`((f) => { const e = f.contentDocument.getElementById(%q); e.scrollIntoView({ block: "center" });
		const a = f.getBoundingClientRect(), b = e.getBoundingClientRect();
		return JSON.stringify({ X: a.x + f.clientLeft + b.x + b.width / 2, Y: a.y + f.clientTop + b.y + b.height / 2 }) })(document.getElementById(%q))`, id, frame))
	if err := json.Unmarshal([]byte(where), &at); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Do(tab, chromedp.MouseClickXY(at.X, at.Y)); err != nil {
		t.Fatal(err)
	}
}

// cookieNames are the names of what the browser keeps.
func cookieNames(t *testing.T, tab context.Context) string {
	t.Helper()
	names := []string{}
	for _, c := range jar(t, tab) {
		name, _, _ := strings.Cut(c, " ")
		names = append(names, name)
	}
	return strings.Join(names, " ")
}

// picture keeps what is to be seen, for whoever wants to look at it: in the folder that
// CONSENT_PICTURES names.
func picture(t *testing.T, tab context.Context, name string) {
	t.Helper()
	folder := os.Getenv("CONSENT_PICTURES")
	if folder == "" {
		return
	}
	png, err := chromedp.Run(tab, chromedp.CaptureScreenshot())
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, name+".png"), png, 0o600); err != nil {
		t.Fatal(err)
	}
}

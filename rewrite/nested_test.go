package rewrite

import (
	"bytes"
	"strings"
	"testing"
)

// What cannot be judged in a document within the page is as good as blocked: the page would give out the original.
func TestWhatCannotBeJudgedWithinADocumentDoesNotPass(t *testing.T) {
	const twice = `<svg><style><a title="</style><!-- "><img src=//tracker.test/x> -->`
	long := strings.Repeat("a();", 100)
	for name, doc := range map[string]string{
		"text with two readings, in srcdoc":       `<iframe srcdoc='` + twice + `'></iframe>`,
		"the same two documents deep":             `<iframe srcdoc="<iframe srcdoc='` + strings.ReplaceAll(twice, `"`, "&amp;quot;") + `'></iframe>"></iframe>`,
		"in a data URL":                           `<iframe src='data:text/html,` + twice + `'></iframe>`,
		"a script that is too long, in srcdoc":    `<iframe srcdoc="<script>` + long + `"></iframe>`,
		"a tag that is too long, in srcdoc":       `<iframe srcdoc="<img alt='` + long + `"></iframe>`,
		"a document type that is, in a data URL":  `<iframe src='data:image/svg+xml,<!DOCTYPE svg [<!ENTITY a "` + long + `'></iframe>`,
		"too many readings within, in a data URL": `<iframe src='data:text/html,<svg>` + strings.Repeat("<style>", maxNesting+2) + `'></iframe>`,
	} {
		for _, unjudged := range []Action{Hold, Remove, Allow} {
			var out bytes.Buffer
			judge := &testJudge{action: Hold, unjudged: unjudged}
			r := New(&out, judge, Limits{Tag: 256, Inline: 256})
			_, _ = r.Write([]byte(doc))
			if err := r.Close(); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if len(judge.errs) == 0 {
				t.Errorf("%s: everything was judged", name)
			}
			if passes := out.String() == doc; passes != (unjudged == Allow) {
				t.Errorf("%s: action %v: %s", name, unjudged, out.String())
			}
		}
	}
}

package source_test

import (
	"encoding/json"
	"testing"

	"github.com/caddy-consent/caddy-consent/consent/source"
	"github.com/caddy-consent/caddy-consent/internal/sharedtest"
)

// vector is one cookie of a real consent manager, with what it says.
type vector struct {
	ID      string
	Config  string
	Cookies map[string]string
	Expect  map[string]*bool
	State   string
}

// unsupported is the Config of managers that no server can read.
const unsupported = "unsupported"

func TestManagersCookiesSayWhatTheVectorsSay(t *testing.T) {
	var vectors []vector
	if err := json.Unmarshal(sharedtest.Read(t, "data/cmp-vectors.json"), &vectors); err != nil {
		t.Fatal(err)
	}
	for _, v := range vectors {
		t.Run(v.ID, func(t *testing.T) {
			if v.Config == unsupported {
				return
			}
			c, err := source.Parse(v.Config)
			if err != nil {
				t.Fatal(err)
			}
			s, err := source.Compile(c)
			if err != nil {
				t.Fatal(err)
			}
			var line string
			for name, value := range v.Cookies {
				if line != "" {
					line += "; "
				}
				line += name + "=" + value
			}
			got := s.Read(&source.Request{Cookies: []string{line}})
			if got.State.String() != v.State {
				t.Errorf("%s (%s), want %s", got.State, got.Reason, v.State)
			}
			choices := s.Choices(got)
			for category, want := range v.Expect {
				if have := choices[category]; (have == nil) != (want == nil) || have != nil && *have != *want {
					t.Errorf("%s: got %s, want %s", category, text(have), text(want))
				}
			}
		})
	}
	t.Logf("%d vectors", len(vectors))
}

func text(choice *bool) string {
	switch {
	case choice == nil:
		return "nothing"
	case *choice:
		return "granted"
	}
	return "denied"
}

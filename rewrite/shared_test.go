package rewrite_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/caddy-consent/caddy-consent/internal/sharedtest"
)

// sharedDir returns a folder of the shared test data, which is not part of
// the repository, or skips the test.
func sharedDir(tb testing.TB, name string) string {
	tb.Helper()
	if testing.Short() {
		tb.Skip("the suites do not run with -short")
	}
	return sharedtest.Path(tb, name)
}

// sharedFiles returns the names of the shared files that match a pattern.
func sharedFiles(tb testing.TB, dir, pattern string) []string {
	tb.Helper()
	names, err := filepath.Glob(filepath.Join(sharedDir(tb, dir), pattern))
	if err != nil || len(names) == 0 {
		tb.Fatalf("no file matches %s in %s (%v)", pattern, dir, err)
	}
	return names
}

func readFile(tb testing.TB, name string) string {
	tb.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		tb.Fatal(err)
	}
	return string(data)
}

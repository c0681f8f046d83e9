package rewrite_test

import (
	"os"
	"path/filepath"
	"testing"
)

// sharedDir returns a folder of the shared test data, which is not part of
// the repository, or skips the test.
func sharedDir(tb testing.TB, name string) string {
	tb.Helper()
	if testing.Short() {
		tb.Skip("the suites do not run with -short")
	}
	root := os.Getenv("CONSENT_SHARED")
	if root == "" {
		root = filepath.Join("..", "..", "shared")
	}
	dir := filepath.Join(root, name)
	if _, err := os.Stat(dir); err != nil {
		tb.Skipf("shared test data is absent (set CONSENT_SHARED): %v", err)
	}
	return dir
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

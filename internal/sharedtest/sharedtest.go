// Package sharedtest finds the shared test data, which is not part of the
// repository: beside its root, or where CONSENT_SHARED says.
package sharedtest

import (
	"os"
	"path/filepath"
	"testing"
)

// Root is the folder of the shared test data, whether or not it is there.
func Root() string {
	if dir := os.Getenv("CONSENT_SHARED"); dir != "" {
		return dir
	}
	dir, err := os.Getwd()
	for err == nil {
		if _, statErr := os.Stat(filepath.Join(dir, "go.mod")); statErr == nil || dir == filepath.Dir(dir) {
			break
		}
		dir = filepath.Dir(dir)
	}
	return filepath.Join(dir, "..", "shared")
}

// Path is the path of a shared file or folder. The test is skipped where there are no shared
// data, and fails where only this is not among them.
func Path(tb testing.TB, name string) string {
	tb.Helper()
	root := Root()
	if _, err := os.Stat(root); err != nil {
		tb.Skipf("shared test data are absent (set CONSENT_SHARED): %v", err)
	}
	path := filepath.Join(root, filepath.FromSlash(name))
	if _, err := os.Stat(path); err != nil {
		tb.Fatalf("not among the shared test data: %v", err)
	}
	return path
}

// Read is the content of a shared file, for which the same holds.
func Read(tb testing.TB, name string) []byte {
	tb.Helper()
	data, err := os.ReadFile(Path(tb, name))
	if err != nil {
		tb.Fatal(err)
	}
	return data
}

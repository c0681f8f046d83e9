//go:build unix

package yardstick

import (
	"syscall"
	"testing"
	"time"
)

// CPUTime returns how long this process has computed, on all cores together. Unlike a clock it
// does not count what else the machine does.
func CPUTime(tb testing.TB) time.Duration {
	tb.Helper()
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		tb.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

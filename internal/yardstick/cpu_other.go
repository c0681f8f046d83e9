//go:build !unix

package yardstick

import (
	"testing"
	"time"
)

var started = time.Now()

// CPUTime is the time by the clock, where a process is not told its own.
func CPUTime(testing.TB) time.Duration { return time.Since(started) }

package caddymodule

import (
	"strings"
	"testing"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"
)

// A handler that others leave nothing to is warned about, once; one that acts now and then is not.
func TestAHandlerThatNeverActsIsWarnedAbout(t *testing.T) {
	for name, test := range map[string]struct{ acts, warnings int }{"never": {-1, 1}, "at first": {0, 0}, "late": {idleAfter - 1, 0}, "too late": {idleAfter, 1}} {
		core, logs := observer.New(zapcore.WarnLevel)
		var i idleness
		for n := range 5 * idleAfter {
			if n == test.acts {
				i.acts()
			} else {
				i.skipped(zap.New(core))
			}
		}
		if logs.Len() != test.warnings || test.warnings > 0 && !strings.Contains(logs.All()[0].Message, "has no effect") {
			t.Errorf("%s: %v", name, logs.All())
		}
	}
}

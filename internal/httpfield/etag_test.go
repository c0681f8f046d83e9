package httpfield

import "testing"

const (
	ours   = "AqI_-bny" // a version
	theirs = "EoH-Z1-7"
)

func TestATagNamesAVersionAndIsCutAgain(t *testing.T) {
	for _, test := range []struct{ name, tag, named string }{
		{"a strong tag", `"abc"`, `"abc-c` + ours + `"`},
		{"a weak tag", `W/"abc"`, `W/"abc-c` + ours + `"`},
		{"an empty tag", `""`, `"-c` + ours + `"`},
		{"an empty weak tag", `W/""`, `W/"-c` + ours + `"`},
		{"commas and spaces", `"a, b"`, `"a, b-c` + ours + `"`},
		{"a backslash", `"a\"`, `"a\-c` + ours + `"`},
		{"one that looks like a version", `"abc-c12345678"`, `"abc-c12345678-c` + ours + `"`},
		{"one that names another version", `"abc-c` + theirs + `"`, `"abc-c` + theirs + `-c` + ours + `"`},
		{"one that another coding has named", `"abc-gzip"`, `"abc-gzip-c` + ours + `"`},
	} {
		t.Run(test.name, func(t *testing.T) {
			named := WithVariant(test.tag, ours)
			if named != test.named {
				t.Fatalf("%s becomes %s", test.tag, named)
			}
			if again := WithVariant(named, ours); again != named {
				t.Errorf("named twice: %s", again)
			}
			if backend, of, ok := CutVariant(named); backend != test.tag || of != ours || !ok {
				t.Errorf("%s is cut to %s, %s, %v", named, backend, of, ok)
			}
		})
	}
}

func TestWhatNamesNoVersionIsLeftAlone(t *testing.T) {
	for _, tag := range []string{
		"", `"`, `""`, `"abc"`, "abc", "*", `W/"abc"`, `"abc-c1234567"`, `"abc-C12345678"`, `"abc-x12345678"`,
		`"abc-c12345678-gzip"`, "abc-c12345678", `-c12345678"`, `"abc-c12345678" `,
	} {
		if backend, of, ok := CutVariant(tag); ok || backend != tag || of != "" {
			t.Errorf("%s is cut to %s, %q", tag, backend, of)
		}
	}
	// What is no tag cannot be made to name anything.
	for _, tag := range []string{"", `"`, "abc", "*", `abc" `} {
		if got := WithVariant(tag, ours); got != tag {
			t.Errorf("%q becomes %q", tag, got)
		}
	}
}

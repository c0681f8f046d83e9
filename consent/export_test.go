package consent

// CodeOf is what of a script runs, if that is not all of it.
func CodeOf(script []byte) (code []byte, ok bool) { return codeOf(script) }

package consent

// CodeOf is what of a script runs, and whether it only hands on data.
func CodeOf(script []byte) (code []byte, data bool) { return codeOf(script) }

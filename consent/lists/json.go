package lists

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
)

// A jsonWalk goes through a JSON text and tells of every key and text where it stands.
type jsonWalk struct {
	data []byte
	dec  *json.Decoder
	// line is that of the offset up to which newlines were counted.
	line, counted int
}

// walk calls visit with every text in data: the keys of the objects around it, and its
// line. A key itself is told of with key set, before what is in it.
func walk(data []byte, visit func(path []string, text string, key bool, line int) error) error {
	w := jsonWalk{data: data, dec: json.NewDecoder(bytes.NewReader(data)), line: 1}
	return w.value(nil, visit)
}

// maxDepth is far more than any list has.
const maxDepth = 20

func (w *jsonWalk) value(path []string, visit func([]string, string, bool, int) error) error {
	if len(path) > maxDepth {
		return errors.New("nested too deep")
	}
	token, err := w.dec.Token()
	if err != nil {
		return err
	}
	switch t := token.(type) {
	case string:
		return visit(path, t, false, w.at())
	case json.Delim:
		for w.dec.More() {
			name := "" // in an array
			if t == '{' {
				key, err := w.dec.Token()
				if err != nil {
					return err
				}
				name, _ = key.(string)
				if err := visit(path, name, true, w.at()); err != nil {
					return err
				}
			}
			if err := w.value(append(slices.Clip(path), name), visit); err != nil {
				return err
			}
		}
		_, err := w.dec.Token()
		return err
	}
	return nil
}

// at is the line in which the last token ends.
func (w *jsonWalk) at() int {
	end := int(w.dec.InputOffset())
	w.line += bytes.Count(w.data[w.counted:end], []byte{'\n'})
	w.counted = end
	return w.line
}

// jsonMistake is an error about JSON, with its line.
func (l *reader) jsonMistake(data []byte, err error) error {
	if own := (*Error)(nil); errors.As(err, &own) {
		return err
	}
	offset := int64(len(data))
	whole := json.Unmarshal(data, new(json.RawMessage)) // the whole tells the offset from its start
	if syntax := (*json.SyntaxError)(nil); errors.As(whole, &syntax) {
		offset, err = syntax.Offset-1, whole
	} else if typed := (*json.UnmarshalTypeError)(nil); errors.As(err, &typed) {
		offset = typed.Offset
	}
	line := 1 + bytes.Count(data[:max(0, min(offset, int64(len(data))))], []byte{'\n'})
	return l.fail(line, "%w", err)
}

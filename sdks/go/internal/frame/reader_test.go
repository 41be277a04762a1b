package frame

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"
)

type vector struct {
	Name      string            `json:"name"`
	Bytes     []json.RawMessage `json:"bytes"`
	Messages  []json.RawMessage `json:"messages"`
	Violation string            `json:"violation"`
}

func vectors(t testing.TB) []vector {
	t.Helper()
	text, err := os.ReadFile("../../../../docs/protocol/transcripts/frames.json")
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Vectors []vector `json:"vectors"`
	}
	if err := json.Unmarshal(text, &file); err != nil {
		t.Fatal(err)
	}
	return file.Vectors
}

func (v vector) stream(t testing.TB) []byte {
	t.Helper()
	var stream []byte
	for _, raw := range v.Bytes {
		var piece struct {
			Hex    string `json:"hex"`
			Repeat string `json:"repeat"`
			Times  int    `json:"times"`
		}
		if text, ok := Text(raw); ok {
			stream = append(stream, text...)
			continue
		}
		if err := json.Unmarshal(raw, &piece); err != nil {
			t.Fatal(err)
		}
		decoded, err := hex.DecodeString(piece.Hex)
		if err != nil {
			t.Fatal(err)
		}
		stream = append(append(stream, decoded...), strings.Repeat(piece.Repeat, piece.Times)...)
	}
	return stream
}

// errMore stands for a stream that has not ended: a reader that asks for more would wait.
var errMore = errors.New("more is wanted")

func TestVectors(t *testing.T) {
	for _, v := range vectors(t) {
		stream := v.stream(t)
		pieces := map[string]func(io.Reader) io.Reader{
			"in one piece": func(r io.Reader) io.Reader { return r },
			"cut":          iotest.HalfReader,
		}
		if len(stream) < 100_000 {
			pieces["byte by byte"] = iotest.OneByteReader
		}
		for how, cut := range pieces {
			t.Run(v.Name+", "+how, func(t *testing.T) {
				for _, end := range []error{io.EOF, errMore} {
					v.check(t, cut(bytes.NewReader(stream)), end)
				}
			})
		}
	}
}

// check reads a stream up to its end, which is known or not.
func (v vector) check(t *testing.T, stream io.Reader, end error) {
	t.Helper()
	reader := NewReader(io.MultiReader(stream, iotest.ErrReader(end)), Version1)
	for i := 0; ; i++ {
		message, err := reader.Next()
		var violation *Violation
		isRefused := errors.As(err, &violation)
		switch {
		case err == nil && i < len(v.Messages):
			var expected Message
			var fields struct{ Method string }
			if json.Unmarshal(v.Messages[i], &fields) == nil {
				expected.Method = fields.Method
			}
			if message.Method != expected.Method {
				t.Fatalf("message %d has the method %q", i, message.Method)
			}
			continue
		case err == nil && v.Violation == "":
			t.Fatalf("one message more: %v", message)
		case err == nil:
			continue // messages that come before the violation
		case v.Violation == "push" && !isRefused, v.Violation == "end" && end == io.EOF && !isRefused:
			t.Fatalf("not refused: %v", err)
		case (v.Violation == "" || v.Violation == "end" && end == errMore) && isRefused:
			t.Fatalf("refused: %v", err)
		case v.Violation == "" && i < len(v.Messages):
			t.Fatalf("%d of %d messages came: %v", i, len(v.Messages), err)
		}
		return
	}
}

// Whatever comes, a reader neither panics nor takes other messages of it when it comes in pieces.
func FuzzReader(f *testing.F) {
	for _, v := range vectors(f) {
		if stream := v.stream(f); len(stream) < 10_000 {
			f.Add(stream)
		}
	}
	f.Fuzz(func(t *testing.T, stream []byte) {
		whole, end := readAll(bytes.NewReader(stream))
		pieces, endOfPieces := readAll(iotest.OneByteReader(bytes.NewReader(stream)))
		if end != endOfPieces || len(whole) != len(pieces) {
			t.Fatalf("in one piece %d messages and %q, byte by byte %d and %q", len(whole), end, len(pieces), endOfPieces)
		}
		for i, message := range whole {
			if message.Method != pieces[i].Method || message.Key != pieces[i].Key || !bytes.Equal(message.Params, pieces[i].Params) {
				t.Fatalf("message %d differs", i)
			}
			if message.ID != nil && string(message.ID) != "null" && IDKey(message.ID) == "" {
				t.Fatalf("an id that is none: %s", message.ID)
			}
		}
	})
}

func readAll(stream io.Reader) (messages []*Message, end string) {
	reader := NewReader(stream, Version1)
	for {
		message, err := reader.Next()
		if err != nil {
			return messages, err.Error()
		}
		messages = append(messages, message)
	}
}

package frame

import (
	"bytes"
	"encoding/json"
	"io"
	"strconv"
	"sync"
)

// Writer writes messages. Those that come while another is being written leave together.
type Writer struct {
	out      io.Writer
	mu       sync.Mutex
	idle     *sync.Cond
	pending  []byte
	spare    []byte
	flushing bool
}

// NewWriter makes a Writer.
func NewWriter(out io.Writer) *Writer {
	w := &Writer{out: out}
	w.idle = sync.NewCond(&w.mu)
	return w
}

// Encode makes the JSON of a message, without a line feed.
func Encode(message any) ([]byte, error) {
	var body bytes.Buffer
	encoder := json.NewEncoder(&body)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(message)
	return bytes.TrimSuffix(body.Bytes(), []byte("\n")), err
}

// Send writes the frame of a body. A peer that does not listen any more is no error: the end of its own stream tells.
func (w *Writer) Send(body []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.pending = append(w.pending, "Content-Length: "...)
	w.pending = strconv.AppendInt(w.pending, int64(len(body)), 10)
	w.pending = append(w.pending, "\r\n\r\n"...)
	w.pending = append(w.pending, body...)
	if w.flushing {
		return
	}
	w.flushing = true
	for len(w.pending) > 0 {
		w.flush()
	}
	w.flushing = false
	w.idle.Broadcast()
}

// keptBytes is how much room is kept for the next messages.
const keptBytes = 64 * 1024

func (w *Writer) flush() {
	frames := w.pending
	w.pending, w.spare = w.spare[:0], nil
	w.mu.Unlock()
	_, _ = w.out.Write(frames)
	w.mu.Lock()
	if cap(frames) <= keptBytes {
		w.spare = frames[:0]
	}
}

// Drain waits until everything was written.
func (w *Writer) Drain() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.flushing {
		w.idle.Wait()
	}
}

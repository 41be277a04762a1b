package host

import (
	"context"
	"fmt"
	"io"
)

// Writer is content that is written. Its calls come one after the other.
type Writer struct {
	session *Session
	id      string
	size    int64
	// stream is that of the bytes that are under way, on the plane socket.
	stream *connection
	wait   <-chan answer
	// begun is what is not sent yet, on the plane inline.
	begun []byte
}

// OpenWriter opens a writer of a mode. It does not survive its process.
func (d *Driver) OpenWriter(ctx context.Context, path, mode string) (*Writer, error) {
	session, err := d.current(ctx)
	if err != nil {
		return nil, err
	}
	var found struct {
		Writer string `json:"writer"`
		Size   int64  `json:"size"`
	}
	err = session.call(ctx, "writer/open", map[string]any{"path": path, "mode": mode}, &found)
	return &Writer{session: session, id: found.Writer, size: found.Size}, err
}

// Size counts all that was written.
func (w *Writer) Size() int64 { return w.size }

// Write sends bytes on the plane socket where the driver has it.
func (w *Writer) Write(piece []byte) (int, error) {
	if !w.session.hasSocket {
		return w.gather(piece)
	}
	if w.stream == nil {
		if err := w.connect(); err != nil {
			return 0, err
		}
	}
	count, err := w.stream.Write(piece)
	w.size += int64(count)
	if err != nil {
		// Why is what the driver answers.
		if answered := w.settle(); answered != nil {
			err = answered
		}
	}
	return count, err
}

// connect begins a stream, which lasts until the writer's next call of another kind.
func (w *Writer) connect() error {
	token, dialled := w.session.listener.expect()
	defer w.session.listener.forget(token, dialled)
	_, wait, err := w.session.ask("writer/write", map[string]any{"writer": w.id, "offset": w.size, "token": token})
	if err != nil {
		return err
	}
	select {
	case w.stream = <-dialled:
		w.wait = wait
		return nil
	case answered := <-wait:
		if err := answered.take(nil); err != nil {
			return err
		}
		return fmt.Errorf("the driver %s answered a write, and did not dial", w.session.Name)
	case <-w.session.ended:
		return w.session.failure
	}
}

// settle ends the stream, and hears what the driver has of it.
func (w *Writer) settle() error {
	if w.stream == nil {
		return w.flush()
	}
	stream := w.stream
	w.stream = nil
	_ = stream.CloseWrite()
	defer stream.Close()
	select {
	case answered := <-w.wait:
		return w.took(answered)
	case <-w.session.ended:
		return w.session.failure
	}
}

func (w *Writer) took(answered answer) error {
	var found struct {
		Size int64 `json:"size"`
	}
	if err := answered.take(&found); err != nil {
		return err
	}
	if found.Size != w.size {
		return fmt.Errorf("the driver %s has %d bytes of %d: %w", w.session.Name, found.Size, w.size, io.ErrShortWrite)
	}
	return nil
}

// gather sends whole chunks inline.
func (w *Writer) gather(piece []byte) (int, error) {
	for taken := 0; taken < len(piece); {
		count := min(len(piece)-taken, inlineChunkBytes-len(w.begun))
		w.begun = append(w.begun, piece[taken:taken+count]...)
		taken += count
		w.size += int64(count)
		if len(w.begun) == inlineChunkBytes {
			if err := w.flush(); err != nil {
				return taken, err
			}
		}
	}
	return len(piece), nil
}

func (w *Writer) flush() error {
	if len(w.begun) == 0 {
		return nil
	}
	piece := w.begun
	w.begun = nil
	params := map[string]any{"writer": w.id, "offset": w.size - int64(len(piece)), "data": piece}
	return w.session.call(context.Background(), "writer/write", params, nil)
}

// Commit makes the content real.
func (w *Writer) Commit(ctx context.Context) error {
	return w.end(ctx, "writer/commit", map[string]any{"writer": w.id, "size": w.size})
}

// Close makes what was written durable, so that it can be appended to.
func (w *Writer) Close(ctx context.Context) error {
	return w.end(ctx, "writer/close", map[string]any{"writer": w.id})
}

// Cancel removes what was written, whatever has become of the stream.
func (w *Writer) Cancel(ctx context.Context) error {
	_ = w.settle()
	return w.session.call(context.WithoutCancel(ctx), "writer/cancel", map[string]any{"writer": w.id}, nil)
}

// end is not cancelled: it cannot be taken back.
func (w *Writer) end(ctx context.Context, method string, params map[string]any) error {
	if err := w.settle(); err != nil {
		return err
	}
	return w.session.call(context.WithoutCancel(ctx), method, params, nil)
}

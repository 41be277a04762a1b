package outrigger

import (
	"context"
	"fmt"
)

// putWriter is the writer of mode put: an atomic replacement that is larger than one message. It gathers the content for the
// driver's Put.
type putWriter struct {
	driver  StorageDriver
	path    string
	limit   int
	content []byte
}

func (w *putWriter) Write(piece []byte) (int, error) {
	if len(w.content)+len(piece) > w.limit {
		return 0, &Error{Code: ErrUnsupported, Detail: fmt.Sprintf("put takes at most %d bytes: %s", w.limit, w.path), Path: w.path}
	}
	w.content = append(w.content, piece...)
	return len(piece), nil
}

func (w *putWriter) Size() int64                      { return int64(len(w.content)) }
func (w *putWriter) Commit(ctx context.Context) error { return w.driver.Put(ctx, w.path, w.content) }
func (w *putWriter) Close() error                     { return nil }
func (w *putWriter) Cancel(context.Context) error     { return nil }

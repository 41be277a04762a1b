package outrigger

import (
	"context"
	"strconv"
	"sync"
)

// openedWriter is a writer that the host has open.
type openedWriter struct {
	Writer
	id, path string
	mode     string
	// last is closed when the calls that came so far have ended. Guarded by the table.
	last chan struct{}
	// hasEnded is looked at in turn.
	hasEnded bool
}

// writerTable has the writers that the host has open, by their ids.
type writerTable struct {
	// streams ends the connections that bring content.
	streams context.Context
	cut     context.CancelFunc
	mu      sync.Mutex
	open    map[string]*openedWriter
	nextID  int
	closed  bool
}

func newWriterTable() *writerTable {
	streams, cut := context.WithCancel(context.Background())
	return &writerTable{streams: streams, cut: cut, open: map[string]*openedWriter{}}
}

// add answers nil when the session is over.
func (t *writerTable) add(writer Writer, path, mode string) *openedWriter {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return nil
	}
	t.nextID++
	last := make(chan struct{})
	close(last)
	opened := &openedWriter{Writer: writer, id: strconv.Itoa(t.nextID), path: path, mode: mode, last: last}
	t.open[opened.id] = opened
	return opened
}

// turn queues a call of a writer: calls of one writer run in the order in which they took their turns.
func (t *writerTable) turn(id string, run func(ctx context.Context, writer *openedWriter) (any, error)) func(context.Context) (any, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	writer := t.open[id]
	if writer == nil {
		return func(context.Context) (any, error) {
			return nil, &Error{Code: ErrAlreadyClosed, Detail: "already closed: writer " + cut(id)}
		}
	}
	before, mine := writer.last, make(chan struct{})
	writer.last = mine
	return func(ctx context.Context) (any, error) {
		defer close(mine)
		<-before
		if writer.hasEnded {
			return nil, Ended(writer.path, "closed")
		}
		result, err := run(ctx, writer)
		return result, about(writer.path, err)
	}
}

// end voids the id of a writer, in its turn.
func (t *writerTable) end(writer *openedWriter) {
	t.mu.Lock()
	defer t.mu.Unlock()
	writer.hasEnded = true
	delete(t.open, writer.id)
}

// closeAll keeps what the host left open as far as it came, as if it had closed it.
func (t *writerTable) closeAll() {
	t.mu.Lock()
	t.closed = true
	open := t.open
	t.open = map[string]*openedWriter{}
	t.mu.Unlock()
	var all sync.WaitGroup
	for _, writer := range open {
		all.Go(func() {
			<-writer.last
			if writer.hasEnded {
				return
			}
			acceptRest(writer)
			_ = writer.Close()
		})
	}
	all.Wait()
}

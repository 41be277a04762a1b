package bridge

import (
	"context"
	"errors"

	storagedriver "github.com/distribution/distribution/v3/registry/storage/driver"

	"github.com/outrigger/outrigger/sdks/go/bridge/internal/host"
)

// Writer implements storagedriver.StorageDriver.
func (d *driver) Writer(ctx context.Context, name string, isAppend bool) (storagedriver.FileWriter, error) {
	mode := "truncate"
	if isAppend {
		mode = "append"
	}
	opened, err := d.process.OpenWriter(ctx, name, mode)
	if err != nil {
		return nil, d.toError(name, err)
	}
	return &writer{driver: d, name: name, opened: opened}, nil
}

// writer keeps the rules that distribution has for its writers: Close follows a commit or a cancel, and does nothing then.
type writer struct {
	driver                       *driver
	name                         string
	opened                       *host.Writer
	closed, committed, cancelled bool
}

// Size implements storagedriver.FileWriter.
func (w *writer) Size() int64 { return w.opened.Size() }

// Write implements storagedriver.FileWriter.
func (w *writer) Write(piece []byte) (int, error) {
	if err := w.usable(); err != nil {
		return 0, err
	}
	count, err := w.opened.Write(piece)
	return count, w.driver.toError(w.name, err)
}

// Close implements storagedriver.FileWriter.
func (w *writer) Close() error {
	if w.closed {
		return errors.New("already closed")
	}
	w.closed = true
	if w.committed || w.cancelled {
		return nil
	}
	return w.driver.toError(w.name, w.opened.Close(context.Background()))
}

// Cancel implements storagedriver.FileWriter.
func (w *writer) Cancel(ctx context.Context) error {
	if w.closed {
		return errors.New("already closed")
	}
	if w.committed {
		return errors.New("already committed")
	}
	w.cancelled = true
	return w.driver.toError(w.name, w.opened.Cancel(ctx))
}

// Commit implements storagedriver.FileWriter.
func (w *writer) Commit(ctx context.Context) error {
	if err := w.usable(); err != nil {
		return err
	}
	w.committed = true
	return w.driver.toError(w.name, w.opened.Commit(ctx))
}

func (w *writer) usable() error {
	switch {
	case w.closed:
		return errors.New("already closed")
	case w.committed:
		return errors.New("already committed")
	case w.cancelled:
		return errors.New("already cancelled")
	}
	return nil
}

package filesystem

import (
	"context"
	"errors"
	"os"
	"syscall"

	outrigger "github.com/outrigger/outrigger/sdks/go"
)

// worthALook: less is written and refused as quickly as the free space is asked for.
const worthALook = 16 << 20

// Write implements outrigger.StorageDriver. Writers write in place, as Distribution's do, so that either registry continues
// the other's uploads: what is at the path is cut or grows at once, and a reader of it sees that.
func (s *Store) Write(ctx context.Context, path string, options outrigger.WriterOptions) (opened outrigger.Writer, err error) {
	kind := toMake
	if options.Mode == outrigger.Append {
		kind = toLook
	}
	err = s.run(ctx, path, kind, func() error {
		var w *writer
		if options.Mode == outrigger.Append {
			w, err = s.openAppend(path)
		} else {
			w, err = s.openTruncate(path, options.ExpectedSize)
		}
		if err == nil {
			opened = w
		}
		return err
	})
	return opened, err
}

// WriteIsolated implements outrigger.IsolatedWriterOpener.
func (s *Store) WriteIsolated(ctx context.Context, path string, options outrigger.WriterOptions) (opened outrigger.Writer, err error) {
	err = s.run(ctx, path, toMake, func() error {
		if err := s.checkSpace(path, options.ExpectedSize); err != nil {
			return err
		}
		file, info, temporary, err := s.createTemporary(local(path))
		if err == nil {
			opened = s.newWriter(path, temporary, file, info, 0)
		}
		return err
	})
	return opened, err
}

func (s *Store) openAppend(path string) (*writer, error) {
	file, info, err := openRegular(s.tree, local(path), os.O_WRONLY, 0)
	if err != nil {
		return nil, err
	}
	return s.newWriter(path, local(path), file, info, info.Size()), nil
}

func (s *Store) openTruncate(path string, expected int64) (*writer, error) {
	if err := s.checkSpace(path, expected); err != nil {
		return nil, err
	}
	var file *os.File
	var info os.FileInfo
	err := s.directories.withParent(local(path), func() (err error) {
		file, info, err = openRegular(s.tree, local(path), os.O_WRONLY|os.O_CREATE, fileMode)
		return err
	})
	if err == nil && info.Size() > 0 {
		if err = file.Truncate(0); err != nil {
			_ = file.Close()
		}
	}
	if err != nil {
		return nil, err
	}
	return s.newWriter(path, local(path), file, info, 0), nil
}

// checkSpace brings early news of a full disk, before anything is made. Only root may use the reserve that Bavail leaves out.
func (s *Store) checkSpace(path string, needed int64) error {
	if needed < worthALook {
		return nil
	}
	var stat syscall.Statfs_t
	if err := syscall.Statfs(s.tree.path()+"/", &stat); err != nil {
		return err
	}
	free := uint64(stat.Bavail)
	if os.Getuid() == 0 {
		free = uint64(stat.Bfree)
	}
	if stat.Blocks == 0 || uint64(needed) <= free*uint64(stat.Bsize) {
		return nil
	}
	return syscall.ENOSPC
}

// writer writes into a file, at its place or a temporary one. Its calls come one after the other.
type writer struct {
	store *Store
	path  string
	// name is what is written to; that of the path or a temporary one.
	name    string
	file    *os.File
	info    os.FileInfo
	size    int64
	early   earlySync
	isEnded bool
}

func (s *Store) newWriter(path, name string, file *os.File, info os.FileInfo, size int64) *writer {
	return &writer{store: s, path: path, name: name, file: file, info: info, size: size, early: earlySync{file: file, isOff: !s.durable}}
}

func (w *writer) isIsolated() bool { return w.name != local(w.path) }

// Size implements outrigger.Writer.
func (w *writer) Size() int64 { return w.size }

// Write implements outrigger.Writer.
func (w *writer) Write(piece []byte) (int, error) {
	if w.isEnded {
		return 0, outrigger.Ended(w.path, "closed")
	}
	if _, err := w.file.WriteAt(piece, w.size); err != nil {
		// What was not taken must not be found by an append.
		_ = w.file.Truncate(w.size)
		return 0, toError(err, w.path, toMake)
	}
	w.took(int64(len(piece)))
	return len(piece), nil
}

func (w *writer) took(count int64) {
	w.size += count
	w.early.note(count)
}

// LocalFile implements outrigger.LocalWriter.
func (w *writer) LocalFile() outrigger.LocalFile { return w.store.fileAt(w.name, w.info) }

// Accept implements outrigger.LocalWriter.
func (w *writer) Accept(count int64) error {
	if w.isEnded {
		return outrigger.Ended(w.path, "closed")
	}
	w.took(count)
	return nil
}

// Commit implements outrigger.Writer.
func (w *writer) Commit(context.Context) error {
	if !w.isIsolated() {
		return w.end(w.keep)
	}
	return w.end(func() error {
		if err := w.finish(); err != nil {
			return err
		}
		return w.store.publish(w.name, local(w.path))
	})
}

// CommitTo implements outrigger.WriterTo: a rename, after the content is on disk.
func (w *writer) CommitTo(_ context.Context, to string) error {
	if to == w.path {
		return w.end(w.keep)
	}
	if isTemporary(to) {
		return toError(errReserved, to, toMake)
	}
	return w.end(func() error {
		if err := w.finish(); err != nil {
			return err
		}
		return toError(w.store.move(w.path, to), to, toMake)
	})
}

// Close implements outrigger.Writer.
func (w *writer) Close() error {
	if w.isIsolated() {
		return w.end(w.drop)
	}
	return w.end(w.keep)
}

// Cancel implements outrigger.Writer. After an end that failed there may still be something to remove.
func (w *writer) Cancel(context.Context) error {
	if !w.isEnded {
		return w.end(w.drop)
	}
	if err := w.store.tree.unlink(w.name); err != nil && !errors.Is(err, syscall.ENOENT) {
		return toError(err, w.path, toMake)
	}
	return nil
}

func (w *writer) end(run func() error) error {
	if w.isEnded {
		return outrigger.Ended(w.path, "closed")
	}
	w.isEnded = true
	return toError(run(), w.path, toMake)
}

// finish makes the content durable, and cuts the file: whoever writes to it directly may have written more than it told.
func (w *writer) finish() error {
	err := w.cut()
	if err = errors.Join(err, w.early.settle()); err != nil {
		_ = w.drop()
		return err
	}
	return w.store.seal(w.file, w.name)
}

// cut comes before the wait for the disk: nobody else has found the file by then.
func (w *writer) cut() error {
	info, err := w.file.Stat()
	switch {
	case err != nil:
		return err
	case info.Size() > w.size:
		return w.file.Truncate(w.size)
	case info.Size() < w.size:
		return &outrigger.Error{Code: outrigger.ErrUnavailable, Detail: "bytes that were told of are not in the file: " + w.path, Path: w.path}
	}
	return nil
}

func (w *writer) keep() error {
	if err := w.finish(); err != nil {
		return err
	}
	return w.store.directories.sync(parent(w.name))
}

// drop removes the file; one that is gone already is as good.
func (w *writer) drop() error {
	_ = w.early.settle()
	_ = w.file.Close()
	if err := w.store.tree.unlink(w.name); err != nil && !errors.Is(err, syscall.ENOENT) {
		return err
	}
	return nil
}

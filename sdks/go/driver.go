package outrigger

import (
	"context"
	"io"
	"time"
)

// StorageDriver is a store of content below absolute paths, from a local directory to an object store. Directories come
// and go with their content.
//
// All methods may be called at the same time. Paths were checked (see [CheckPath]); "/" comes to Stat, List and Walk only.
// Every failure should be an [*Error]; others are answered as INTERNAL. A context that ends should end the call, with
// its error; Put, Move and Delete get one that does not end, because what cannot be taken back is not cancelled.
type StorageDriver interface {
	// Stat answers size, time and kind of what is at a path: ErrPathNotFound when nothing is there.
	Stat(ctx context.Context, path string) (FileInfo, error)

	// List answers a page of the direct children of a directory, in byte order of their names. ErrPathNotFound when nothing is
	// there, or an object. "/" can always be listed.
	List(ctx context.Context, path string, options ListOptions) (ListPage, error)

	// Read opens an object before it returns: ErrPathNotFound when it is absent or a directory, and [Changed] when its
	// version is not options.IfMatch. At or behind the end there is no content, and that is no error.
	Read(ctx context.Context, path string, options ReadOptions) (*Content, error)

	// Put replaces the whole of a small object (at most 8 MiB), making its parents. It is atomic: everybody sees the old content
	// or the new, at every moment and after a crash. It is durable when it returns, and idempotent. content is lent.
	Put(ctx context.Context, path string, content []byte) error

	// Write opens a writer, making the parents of the path: see [WriterMode]. The context is that of the opening.
	Write(ctx context.Context, path string, options WriterOptions) (Writer, error)

	// Move moves an object or a whole directory, replacing an object at the destination: ErrPathNotFound when the source is
	// absent; the destination is then untouched.
	Move(ctx context.Context, source, destination string) error

	// Delete removes an object, or a directory with all below it; "/a" never touches "/ab". ErrPathNotFound when nothing is there.
	Delete(ctx context.Context, path string) error

	// Close gives everything back. No call follows.
	Close() error
}

// FileInfo is what Stat and Walk tell of a path.
type FileInfo struct {
	Path string
	// Size is 0 for a directory.
	Size int64
	// ModTime is when the content changed last.
	ModTime time.Time
	IsDir   bool
	// Version names these very bytes at this path, across restarts too; empty where the store has nothing of the kind.
	Version string
}

// ListOptions choose a page.
type ListOptions struct {
	// Cursor is that of the page before; empty for the first page.
	Cursor string
	// Limit is the most entries, from 1 to 1000.
	Limit int
}

// ListPage is a part of a listing.
type ListPage struct {
	Entries []ListEntry
	// Cursor is empty on the last page. It has to work in another process, and when the entry that it stands on is gone.
	Cursor string
}

// ListEntry is a child of a directory. Only the path has to be there.
type ListEntry struct {
	Path    string
	Kind    EntryKind
	ModTime time.Time
	// Size counts for objects with a ModTime.
	Size int64
}

// EntryKind says what a child is, where the listing knows it.
type EntryKind int

// The kinds of entries. UnknownEntry costs the host a Stat.
const (
	UnknownEntry EntryKind = iota
	ObjectEntry
	DirectoryEntry
)

// ReadOptions choose a range of an object.
type ReadOptions struct {
	// Offset is the first byte, 0 or greater.
	Offset int64
	// Length is how many bytes will be taken at most, [ToTheEnd] for all. A body may hold more.
	Length int64
	// IfMatch is the version that is wanted; empty for any.
	IfMatch string
}

// ToTheEnd is the Length of a read without one.
const ToTheEnd int64 = -1

// Content is an open object. Size, ModTime and Version are those of the whole of it, whatever range was asked for.
type Content struct {
	Size    int64
	ModTime time.Time
	Version string
	// Body holds the bytes from the offset on. A regular *os.File at that position is sent by the kernel.
	Body io.ReadCloser
}

// WriterMode says what a writer starts from.
type WriterMode string

const (
	// Truncate starts from nothing; what the path held before is lost at the latest by the commit.
	Truncate WriterMode = "truncate"
	// Append continues content that a writer closed without a commit, in this process or another, or a committed object of
	// zero bytes. ErrPathNotFound when there is nothing.
	Append WriterMode = "append"
)

// WriterOptions are those of a new writer.
type WriterOptions struct {
	Mode WriterMode
	// ExpectedSize is the final size where it is known, and -1 otherwise: a hint.
	ExpectedSize int64
}

// Writer writes content in order. Its calls come one after the other. Only a commit makes content real.
//
// What survives the process is what Close or Commit made durable. After Close, Commit or Cancel has succeeded no call
// follows; after one that failed, Cancel may.
type Writer interface {
	// Write appends. When it fails, Size says what was taken. The bytes are lent.
	io.Writer
	// Size is that of the content with all that was taken so far, what an append found included.
	Size() int64
	// Commit makes the content durable and visible.
	Commit(ctx context.Context) error
	// Close makes durable what was taken, so that an append can continue. An isolated writer is discarded.
	Close() error
	// Cancel removes what this writer wrote.
	Cancel(ctx context.Context) error
}

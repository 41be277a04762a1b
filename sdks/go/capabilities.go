package outrigger

import (
	"context"
	"time"
)

// Walker has the capability walk.
type Walker interface {
	// Walk answers a page of everything below a path, itself left out, in walk order ([ComparePaths]). What vanishes
	// meanwhile is left out; ErrPathNotFound when the path itself is absent.
	Walk(ctx context.Context, path string, options WalkOptions) (WalkPage, error)
}

// WalkOptions choose a page of a walk.
type WalkOptions struct {
	// After leaves out all up to this path, which need not exist; empty for the first page.
	After string
	// SkipChildren leaves out what lies below After, too.
	SkipChildren bool
	// Limit is the most entries, from 1 to 1000.
	Limit int
}

// WalkPage is a part of a walk. An empty page is always the last.
type WalkPage struct {
	Entries []FileInfo
	Done    bool
}

// Copier has the capability copy.
type Copier interface {
	// Copy is like Move, and the source stays. Objects only. No byte travels through the host.
	Copy(ctx context.Context, source, destination string) error
}

// AtomicMover may have the capability atomicMove.
type AtomicMover interface {
	// MovesAtomically says whether a reader of the destination of a Move sees the old or the new content, never neither and
	// never a part.
	MovesAtomically() bool
}

// AtomicDirectoryMover may have the capability atomicDirectoryMove.
type AtomicDirectoryMover interface {
	// MovesDirectoriesAtomically says whether a Move of a directory takes all below it at once: what somebody puts there
	// meanwhile goes with it or is at the old place behind it, and nothing is lost.
	MovesDirectoriesAtomically() bool
}

// IsolatedWriterOpener has the capability isolatedWriters.
type IsolatedWriterOpener interface {
	// WriteIsolated opens a writer of which nobody sees anything before the commit, which is atomic. Two writers of one
	// path never touch each other's bytes. Closing discards it. options.Mode is empty.
	WriteIsolated(ctx context.Context, path string, options WriterOptions) (Writer, error)
}

// CommitterTo may have the capability commitTo: the writers of its Write are [WriterTo].
type CommitterTo interface {
	// CommitsTo says whether the writers can commit to another path.
	CommitsTo() bool
}

// WriterTo is a Writer whose commit may say where the content goes.
type WriterTo interface {
	Writer
	// CommitTo makes the content appear at a path, atomically, in place of what is there; nothing stays at the writer's own.
	CommitTo(ctx context.Context, path string) error
}

// LocalFiler has the capability localFiles: the plane file.
type LocalFiler interface {
	// Roots are 1 to 16 absolute directories without symbolic links in them, which hold every local file.
	Roots() []string
	// LocalFile says where an object lies. The file does not change any more: new content is a new file.
	LocalFile(ctx context.Context, path string) (LocalContent, error)
}

// LocalFile is a regular file of this machine.
type LocalFile struct {
	Path     string
	Dev, Ino uint64
}

// LocalContent is an object in a local file.
type LocalContent struct {
	LocalFile
	Size    int64
	ModTime time.Time
	Version string
}

// LocalWriter is a Writer of a [LocalFiler] into whose file the host may write by itself: in order, at the writer's size and
// behind it. The writer cuts its file at its size when it ends.
type LocalWriter interface {
	Writer
	// LocalFile is what is written to; it need not lie at the writer's path.
	LocalFile() LocalFile
	// Accept says that so many more bytes are in the file.
	Accept(count int64) error
}

// Redirector has the capability redirectURL.
type Redirector interface {
	// RedirectURL answers where a client may fetch the object by itself; nil: not from here. GET and HEAD are signed apart.
	RedirectURL(ctx context.Context, path string, request RedirectRequest) (*Redirect, error)
}

// RedirectRequest is what is known of a client's request.
type RedirectRequest struct {
	Method, Scheme, Host, ClientIP string
	Headers                        map[string]string
}

// Redirect is a URL for a client. It is a credential: never log it.
type Redirect struct {
	URL string
	// Expires is zero for no end.
	Expires time.Time
}

// Capabilities are the optional powers of a driver.
type Capabilities struct {
	Walk                bool     `json:"walk,omitempty"`
	RedirectURL         bool     `json:"redirectURL,omitempty"`
	Copy                bool     `json:"copy,omitempty"`
	AtomicMove          bool     `json:"atomicMove,omitempty"`
	AtomicDirectoryMove bool     `json:"atomicDirectoryMove,omitempty"`
	IsolatedWriters     bool     `json:"isolatedWriters,omitempty"`
	CommitTo            bool     `json:"commitTo,omitempty"`
	LocalFiles          bool     `json:"localFiles,omitempty"`
	Roots               []string `json:"roots,omitempty"`
}

// capabilitiesOf looks at the interfaces of a driver. Roots are left out: a prototype has none.
func capabilitiesOf(driver StorageDriver) Capabilities {
	var found Capabilities
	_, found.Walk = driver.(Walker)
	_, found.RedirectURL = driver.(Redirector)
	_, found.Copy = driver.(Copier)
	_, found.IsolatedWriters = driver.(IsolatedWriterOpener)
	_, found.LocalFiles = driver.(LocalFiler)
	if mover, ok := driver.(AtomicMover); ok {
		found.AtomicMove = mover.MovesAtomically()
	}
	if mover, ok := driver.(AtomicDirectoryMover); ok {
		found.AtomicDirectoryMove = mover.MovesDirectoriesAtomically()
	}
	if committer, ok := driver.(CommitterTo); ok {
		found.CommitTo = committer.CommitsTo()
	}
	return found
}

// planes are those that a driver with these capabilities speaks.
func (c Capabilities) planes() []string {
	if c.LocalFiles {
		return []string{"inline", "socket", "file"}
	}
	return []string{"inline", "socket"}
}

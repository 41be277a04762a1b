package filesystem

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	outrigger "github.com/outrigger/outrigger/sdks/go"
)

type entry struct {
	name  string
	isDir bool
}

// listings reads directories. Those of more than a page are remembered, a few of them, so that listing one page by page does
// not read it again for each page. A snapshot holds while the directory's own inode and time of change are the same, and is
// only taken of a directory that did not change lately.
type listings struct {
	tree      tree
	mu        sync.Mutex
	snapshots map[string]snapshot
}

type snapshot struct {
	stamp   string
	entries []entry
}

const (
	maxSnapshots  = 4
	worthSnapshot = 1000
	// clockTick is coarser than the clock of any file system: a directory that changed later may change unseen.
	clockTick = 2 * time.Second
)

func newListings(tree tree) *listings {
	return &listings{tree: tree, snapshots: map[string]snapshot{}}
}

// read answers the entries that are legal parts of a path, in byte order.
func (l *listings) read(name string) ([]entry, error) {
	directory, err := l.tree.open(name, os.O_RDONLY|syscall.O_DIRECTORY, 0)
	if err != nil {
		return nil, err
	}
	defer directory.Close()
	info, err := directory.Stat()
	if err != nil {
		return nil, err
	}
	stamp, changed := stampOf(info)
	l.mu.Lock()
	known, ok := l.snapshots[name]
	l.mu.Unlock()
	if ok && known.stamp == stamp {
		return known.entries, nil
	}
	entries, err := readEntries(directory)
	if err == nil && len(entries) > worthSnapshot && time.Since(changed) > clockTick {
		l.remember(name, snapshot{stamp, entries})
	}
	return entries, err
}

func (l *listings) remember(name string, found snapshot) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.snapshots) >= maxSnapshots {
		for oldest := range l.snapshots {
			delete(l.snapshots, oldest)
			break
		}
	}
	l.snapshots[name] = found
}

func stampOf(info os.FileInfo) (string, time.Time) {
	stat := info.Sys().(*syscall.Stat_t)
	changed := changedAt(stat)
	return fmt.Sprintf("%d-%d-%d", stat.Dev, stat.Ino, changed.UnixNano()), changed
}

func readEntries(directory *os.File) ([]entry, error) {
	found, err := directory.ReadDir(-1)
	if err != nil && len(found) == 0 {
		return nil, err
	}
	entries := make([]entry, 0, len(found))
	for _, each := range found {
		if isOurs(each.Type()) && isLegal(each.Name()) {
			entries = append(entries, entry{each.Name(), each.IsDir()})
		}
	}
	slices.SortFunc(entries, func(a, b entry) int { return strings.Compare(a.name, b.name) })
	return entries, nil
}

func isLegal(name string) bool {
	return outrigger.CheckPath("/"+name) == nil && !isTemporary(name)
}

// after is the index of the first entry whose name is greater.
func after(entries []entry, name string) int {
	at, found := slices.BinarySearchFunc(entries, name, func(e entry, name string) int { return strings.Compare(e.name, name) })
	if found {
		at++
	}
	return at
}

// List implements outrigger.StorageDriver. The cursor is the last name of the page before, so it holds whatever comes and
// goes.
func (s *Store) List(ctx context.Context, path string, options outrigger.ListOptions) (page outrigger.ListPage, err error) {
	err = s.run(ctx, path, toLook, func() error {
		entries, err := s.listings.read(local(path))
		if path == "/" && errors.Is(err, os.ErrNotExist) {
			err = nil // "/" can always be listed, also when somebody removed the root
		}
		if err != nil {
			return err
		}
		if options.Cursor != "" {
			entries = entries[after(entries, options.Cursor):]
		}
		if len(entries) > options.Limit {
			entries = entries[:options.Limit]
			page.Cursor = entries[len(entries)-1].name
		}
		for _, each := range entries {
			kind := outrigger.ObjectEntry
			if each.isDir {
				kind = outrigger.DirectoryEntry
			}
			page.Entries = append(page.Entries, outrigger.ListEntry{Path: outrigger.JoinPath(path, each.name), Kind: kind})
		}
		return nil
	})
	return page, err
}

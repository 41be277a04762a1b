package filesystem

import (
	"context"
	"errors"
	"strings"
	"syscall"

	outrigger "github.com/outrigger/outrigger/sdks/go"
)

// Walk implements outrigger.Walker. A page starts with one read for each directory on the way to where it begins.
func (s *Store) Walk(ctx context.Context, path string, options outrigger.WalkOptions) (page outrigger.WalkPage, err error) {
	err = s.run(ctx, path, toLook, func() error {
		from, isOver := startOf(path, options)
		if isOver {
			page.Done = true
			_, err := s.listings.read(local(path))
			return err
		}
		for {
			found, done, err := s.collect(ctx, path, from, options)
			if err != nil {
				return err
			}
			page.Entries, page.Done = s.statAll(found), done
			// An empty page says that the walk is over, which it is not when a whole page has vanished.
			if len(page.Entries) > 0 || done {
				return nil
			}
			options.SkipChildren = false
			from = partsBelow(found[len(found)-1], path)
		}
	})
	return page, err
}

// startOf answers the parts of options.After below the path, none for the whole of it.
func startOf(path string, options outrigger.WalkOptions) (parts []string, isOver bool) {
	switch {
	case options.After == "":
		return nil, false
	case outrigger.IsBelow(options.After, path):
		return partsBelow(options.After, path), false
	case options.SkipChildren && (options.After == path || outrigger.IsBelow(path, options.After)):
		return nil, true
	default:
		return nil, outrigger.ComparePaths(options.After, path) > 0
	}
}

func partsBelow(path, directory string) []string {
	return strings.Split(strings.TrimPrefix(path[len(strings.TrimSuffix(directory, "/")):], "/"), "/")
}

func (s *Store) statAll(paths []string) []outrigger.FileInfo {
	infos := make([]outrigger.FileInfo, 0, len(paths))
	for _, path := range paths {
		if info, err := s.look(local(path)); err == nil {
			infos = append(infos, infoOf(path, info))
		}
	}
	return infos
}

// collect answers the paths of a page.
func (s *Store) collect(ctx context.Context, path string, from []string, options outrigger.WalkOptions) (paths []string, done bool, err error) {
	entries, err := s.listings.read(local(path))
	if err != nil {
		return nil, false, err
	}
	w := walker{store: s, ctx: ctx, limit: options.Limit, skipChildren: options.SkipChildren}
	if err := w.directory(path, entries, from); err != nil {
		return nil, false, err
	}
	return w.paths, !w.hasMore, nil
}

type walker struct {
	store        *Store
	ctx          context.Context
	limit        int
	skipChildren bool
	paths        []string
	hasMore      bool
}

// directory walks the entries of one. from are the parts of the path behind which it begins.
func (w *walker) directory(path string, entries []entry, from []string) error {
	if err := w.ctx.Err(); err != nil {
		return err
	}
	if len(from) > 0 {
		next := after(entries, from[0])
		if next > 0 && entries[next-1].name == from[0] && entries[next-1].isDir && (len(from) > 1 || !w.skipChildren) {
			if err := w.children(outrigger.JoinPath(path, from[0]), from[1:]); err != nil {
				return err
			}
		}
		entries = entries[next:]
	}
	for _, each := range entries {
		if w.hasMore {
			return nil
		}
		if len(w.paths) == w.limit {
			w.hasMore = true
			return nil
		}
		child := outrigger.JoinPath(path, each.name)
		w.paths = append(w.paths, child)
		if each.isDir {
			if err := w.children(child, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

// children walks a directory that its parent's listing named; it may have vanished meanwhile.
func (w *walker) children(path string, from []string) error {
	entries, err := w.store.listings.read(local(path))
	if isAbsent(err) {
		return nil
	}
	if err != nil {
		return err
	}
	return w.directory(path, entries, from)
}

func isAbsent(err error) bool {
	return errors.Is(err, syscall.ENOENT) || errors.Is(err, syscall.ENOTDIR) || errors.Is(err, syscall.ELOOP)
}

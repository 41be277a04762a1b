package filesystem

import (
	"errors"
	"os"
	"path"
	"strings"
	"syscall"
)

// rootTree is a tree by os.Root, which never leaves the root. It follows links that stay inside, so names are looked at
// before: somebody who may write into the store could still swap a directory for a link to another of the store.
type rootTree struct{ root *os.Root }

func openRootTree(directory string) (tree, error) {
	root, err := os.OpenRoot(directory)
	if err != nil {
		return nil, err
	}
	return rootTree{root}, nil
}

// plain refuses names that are reached through a link.
func (t rootTree) plain(name string) error {
	for at := range name {
		if name[at] != '/' {
			continue
		}
		if info, err := t.root.Lstat(name[:at]); err == nil && info.Mode()&os.ModeSymlink != 0 {
			return &os.PathError{Op: "open", Path: name, Err: syscall.ELOOP}
		}
	}
	return nil
}

func (t rootTree) path() string { return strings.TrimSuffix(t.root.Name(), "/") }

func (t rootTree) open(name string, flags int, mode os.FileMode) (*os.File, error) {
	info, err := t.lstat(name)
	if err == nil && info.Mode()&os.ModeSymlink != 0 {
		return nil, &os.PathError{Op: "open", Path: name, Err: syscall.ELOOP}
	}
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	return t.root.OpenFile(name, flags, mode)
}

func (t rootTree) lstat(name string) (os.FileInfo, error) {
	if err := t.plain(name); err != nil {
		return nil, err
	}
	return t.root.Lstat(name)
}

func (t rootTree) mkdir(name string, mode os.FileMode) error {
	if err := t.plain(name); err != nil {
		return err
	}
	return t.root.Mkdir(name, mode)
}

func (t rootTree) rename(source, destination string) error {
	if err := errors.Join(t.plain(source), t.plain(destination)); err != nil {
		return err
	}
	return t.root.Rename(source, destination)
}

func (t rootTree) unlink(name string) error {
	if err := t.plain(name); err != nil {
		return err
	}
	return t.root.Remove(path.Clean(name))
}

func (t rootTree) removeAll(name string) error {
	if err := t.plain(name); err != nil {
		return err
	}
	return t.root.RemoveAll(name)
}

func (t rootTree) close() error { return t.root.Close() }

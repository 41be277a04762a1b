package filesystem

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
)

// tree has the files and directories below the root. Names are relative to it. No symbolic link below the root is followed,
// not even one that leads back inside: ELOOP, ENOTDIR or a foreignError.
type tree interface {
	// path is absolute, without symbolic links.
	path() string
	open(name string, flags int, mode os.FileMode) (*os.File, error)
	lstat(name string) (os.FileInfo, error)
	mkdir(name string, mode os.FileMode) error
	rename(source, destination string) error
	unlink(name string) error
	// removeAll removes a directory with all below it.
	removeAll(name string) error
	close() error
}

const (
	directoryMode = 0o750
	fileMode      = 0o640
)

// openTree makes the root if it is missing; what is made is synced if it is to be durable.
func openTree(directory string, durable bool) (tree, error) {
	wanted, err := filepath.Abs(directory)
	if err != nil {
		return nil, err
	}
	existing := wanted
	for {
		if _, err := os.Stat(existing); !errors.Is(err, os.ErrNotExist) || existing == filepath.Dir(existing) {
			break
		}
		existing = filepath.Dir(existing)
	}
	if err := os.MkdirAll(wanted, directoryMode); err != nil {
		return nil, err
	}
	for made := wanted; durable && made != existing; {
		made = filepath.Dir(made)
		if err := syncAt(made); err != nil {
			return nil, err
		}
	}
	resolved, err := filepath.EvalSymlinks(wanted)
	if err != nil {
		return nil, err
	}
	return newTree(resolved)
}

func syncAt(path string) error {
	directory, err := os.Open(path)
	if err != nil {
		return err
	}
	defer directory.Close()
	return ignoreUnsyncable(directory.Sync())
}

// ignoreUnsyncable is about file systems that know no sync of a directory (some FUSE and SMB mounts): more cannot be done.
func ignoreUnsyncable(err error) error {
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOTSUP) {
		return nil
	}
	return err
}

// openRegular opens a regular file. A FIFO does not block the open.
func openRegular(tree tree, name string, flags int, mode os.FileMode) (*os.File, os.FileInfo, error) {
	file, err := tree.open(name, flags|syscall.O_NONBLOCK|syscall.O_NOFOLLOW, mode)
	if err != nil {
		return nil, nil, err
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = errForeign
	}
	if err != nil {
		_ = file.Close()
		return nil, nil, err
	}
	return file, info, nil
}

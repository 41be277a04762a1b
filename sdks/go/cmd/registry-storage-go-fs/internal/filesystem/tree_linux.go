package filesystem

import (
	"errors"
	"os"
	"path"
	"runtime"
	"strconv"
	"syscall"
	"unsafe"
)

// beneathTree is a tree by openat2(2): the kernel resolves names below the root and refuses links, which nobody can race.
// Other calls are made in a directory that was opened so.
type beneathTree struct{ root *os.File }

// newTree takes the other way where the kernel has no openat2 or a sandbox forbids it.
func newTree(directory string) (tree, error) {
	root, err := os.Open(directory)
	if err != nil {
		return nil, err
	}
	tree := beneathTree{root}
	if tree.within("name", func(string) error { return nil }) == nil && hasProc() {
		return tree, nil
	}
	_ = root.Close()
	return openRootTree(directory)
}

func hasProc() bool {
	_, err := os.Lstat("/proc/self/fd")
	return err == nil
}

const (
	sysOpenat2        = 437
	oPath             = 0x200000
	resolveNoMagic    = 0x02
	resolveNoSymlinks = 0x04
	resolveBeneath    = 0x08
	noLinks           = resolveNoSymlinks | resolveNoMagic | resolveBeneath
)

// openHow is struct open_how of the kernel.
type openHow struct{ flags, mode, resolve uint64 }

func (t beneathTree) openFD(name string, flags int, mode os.FileMode) (int, error) {
	text, err := syscall.BytePtrFromString(name)
	if err != nil {
		return -1, err
	}
	how := openHow{flags: uint64(flags | syscall.O_CLOEXEC), resolve: noLinks}
	if flags&syscall.O_CREAT != 0 {
		how.mode = uint64(mode.Perm())
	}
	for {
		fd, _, errno := syscall.Syscall6(sysOpenat2, t.root.Fd(), uintptr(unsafe.Pointer(text)), uintptr(unsafe.Pointer(&how)), unsafe.Sizeof(how), 0, 0)
		switch errno {
		case 0:
			return int(fd), nil
		case syscall.EINTR, syscall.EAGAIN: // EAGAIN: a rename was under way, the kernel could not tell
		default:
			return -1, &os.PathError{Op: "openat2", Path: name, Err: errno}
		}
	}
}

func (t beneathTree) path() string {
	if t.root.Name() == "/" {
		return ""
	}
	return t.root.Name()
}

// open answers a file that blocks: it is regular or a directory, where waiting for readiness has no meaning.
func (t beneathTree) open(name string, flags int, mode os.FileMode) (*os.File, error) {
	fd, err := t.openFD(name, flags, mode)
	if err != nil {
		return nil, err
	}
	if flags&syscall.O_NONBLOCK != 0 {
		_ = syscall.SetNonblock(fd, false)
	}
	return os.NewFile(uintptr(fd), path.Join(t.path(), name)), nil
}

func (t beneathTree) lstat(name string) (os.FileInfo, error) {
	fd, err := t.openFD(name, oPath|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return nil, err
	}
	file := os.NewFile(uintptr(fd), name)
	defer file.Close()
	return file.Stat()
}

// within runs a call in the directory of a name. A name of the directory in /proc is as good as a descriptor.
func (t beneathTree) within(name string, run func(local string) error) error {
	fd, err := t.openFD(parent(name), oPath|syscall.O_DIRECTORY, 0)
	if err != nil {
		return err
	}
	defer syscall.Close(fd)
	return run("/proc/self/fd/" + strconv.Itoa(fd) + "/" + path.Base(name))
}

func (t beneathTree) mkdir(name string, mode os.FileMode) error {
	return t.within(name, func(local string) error { return syscall.Mkdir(local, uint32(mode.Perm())) })
}

func (t beneathTree) rename(source, destination string) error {
	return t.within(source, func(from string) error {
		return t.within(destination, func(to string) error { return syscall.Rename(from, to) })
	})
}

func (t beneathTree) unlink(name string) error {
	return t.within(name, syscall.Unlink)
}

// removeAll tries again when somebody puts files into the directory meanwhile.
func (t beneathTree) removeAll(name string) error {
	return t.within(name, func(local string) error {
		var err error
		for range 4 {
			if err = os.RemoveAll(local); !errors.Is(err, syscall.ENOTEMPTY) {
				return err
			}
			runtime.Gosched()
		}
		return err
	})
}

func (t beneathTree) close() error { return t.root.Close() }

package filesystem

import (
	"errors"
	"fmt"
	"syscall"

	outrigger "github.com/outrigger/outrigger/sdks/go"
)

// access is whether a call looks at what is there, or makes something: the same errno means different things.
type access int

const (
	toLook access = iota
	toMake
)

// foreignError is about something that is none of the driver's content: a link, a FIFO, a temporary file. To a reader
// nothing is there; a writer is refused.
type foreignError string

func (e foreignError) Error() string { return string(e) }

const (
	errForeign  = foreignError("it is not a file or directory below the root")
	errReserved = foreignError("the name is reserved for temporary files")
	errInside   = foreignError("it lies below the source")
)

type meaning struct {
	code outrigger.Code
	text string
}

var meanings = map[syscall.Errno]meaning{
	syscall.ENOSPC:       {outrigger.ErrQuotaExceeded, "no space left"},
	syscall.EDQUOT:       {outrigger.ErrQuotaExceeded, "disk quota exceeded"},
	syscall.EFBIG:        {outrigger.ErrQuotaExceeded, "larger than the file system allows"},
	syscall.EMFILE:       {outrigger.ErrUnavailable, "too many open files"},
	syscall.ENFILE:       {outrigger.ErrUnavailable, "too many open files"},
	syscall.EIO:          {outrigger.ErrUnavailable, "input/output error"},
	syscall.EROFS:        {outrigger.ErrUnavailable, "read-only file system"},
	syscall.EBUSY:        {outrigger.ErrUnavailable, "busy"},
	syscall.ESTALE:       {outrigger.ErrUnavailable, "stale file handle"},
	syscall.ENAMETOOLONG: {outrigger.ErrInvalidPath, "a part of it is too long"},
}

// obstacles say that a path cannot be used as it is: nothing is there, or nothing can be put there.
var obstacles = map[syscall.Errno]string{
	syscall.ENOTDIR:   "a part of it is not a directory",
	syscall.EEXIST:    "something else is there",
	syscall.ENOTEMPTY: "a directory is there",
	syscall.EISDIR:    "a directory is there",
	syscall.ELOOP:     "a symbolic link is there",
	syscall.EXDEV:     "a symbolic link is in it",
	syscall.ENXIO:     "it is not a regular file",
}

// toError is the one place where the errors of the system get their meaning. The message has no local path.
func toError(err error, path string, kind access) error {
	var known *outrigger.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	var number syscall.Errno
	errors.As(err, &number)
	var foreign foreignError
	obstacle, isObstacle := obstacles[number]
	if errors.As(err, &foreign) {
		obstacle, isObstacle = string(foreign), true
	}
	switch {
	case number == syscall.ENOENT, isObstacle && kind == toLook:
		return outrigger.NotFound(path, err)
	case isObstacle:
		refused := outrigger.BadPath(path, obstacle)
		refused.Err = err
		return refused
	}
	found, ok := meanings[number]
	if !ok {
		found = meaning{outrigger.ErrInternal, "unexpected error"}
	}
	return &outrigger.Error{Code: found.code, Detail: fmt.Sprintf("%s: %s (%s)", found.text, path, reasonOf(err)), Path: path, Err: err}
}

// reasonOf is the text of the errno of an error, which has no path.
func reasonOf(err error) string {
	var number syscall.Errno
	if errors.As(err, &number) {
		return number.Error()
	}
	return "unknown error"
}

package out

import (
	"errors"
	"io/fs"
	"syscall"

	storagedriver "github.com/distribution/distribution/v3/registry/storage/driver"

	outrigger "github.com/outrigger/outrigger/sdks/go"
)

// access is whether a call looks at what is there, or makes something.
type access int

const (
	toLook access = iota
	toMake
)

// toError makes an error of the protocol of one of distribution. Its filesystem driver passes on errors of the system, some of
// which say that a path cannot be used.
func toError(err error, path string, kind access) error {
	var (
		known    *outrigger.Error
		notFound storagedriver.PathNotFoundError
		invalid  storagedriver.InvalidPathError
		offset   storagedriver.InvalidOffsetError
		lacking  storagedriver.ErrUnsupportedMethod
		wrapped  storagedriver.Error
	)
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known):
		return err
	case errors.As(err, &notFound):
		return outrigger.NotFound(path, err)
	case errors.As(err, &invalid):
		return outrigger.BadPath(path, "the driver refuses it")
	case errors.As(err, &offset):
		return outrigger.BadOffset(path, offset.Offset)
	case errors.As(err, &lacking):
		return outrigger.Unsupported("this method of the driver", path)
	case errors.As(err, &wrapped):
		return ofSystem(wrapped.Detail, path, kind)
	}
	return ofSystem(err, path, kind)
}

func ofSystem(err error, path string, kind access) error {
	switch {
	case errors.Is(err, fs.ErrNotExist), isObstacle(err) && kind == toLook:
		return outrigger.NotFound(path, err)
	case isObstacle(err):
		return outrigger.BadPath(path, "something else is there")
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return &outrigger.Error{Code: outrigger.ErrQuotaExceeded, Detail: "no space left: " + path, Path: path, Err: err}
	}
	return err
}

func isObstacle(err error) bool {
	for _, each := range []error{syscall.ENOTDIR, syscall.EISDIR, syscall.EEXIST, syscall.ENOTEMPTY} {
		if errors.Is(err, each) {
			return true
		}
	}
	return false
}

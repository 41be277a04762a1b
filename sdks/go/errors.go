package outrigger

import (
	"context"
	"errors"
	"fmt"
)

// Code is a kind of failure. The set is closed. A Code is an error itself, so that errors.Is(err, ErrPathNotFound) tells
// the kind of any [*Error].
type Code string

const (
	// ErrPathNotFound proves absence: a host may overwrite because of it. Never use it for a missing right or a store that
	// cannot be reached.
	ErrPathNotFound Code = "PATH_NOT_FOUND"
	// ErrInvalidPath is for a path that cannot be used: "/" for an object, an object where a directory would be needed.
	ErrInvalidPath Code = "INVALID_PATH"
	// ErrInvalidOffset is for a negative offset, or one that is not the writer's size.
	ErrInvalidOffset Code = "INVALID_OFFSET"
	// ErrUnsupported is what the driver cannot do.
	ErrUnsupported Code = "UNSUPPORTED"
	// ErrAlreadyClosed is for calls of a writer that has ended.
	ErrAlreadyClosed Code = "ALREADY_CLOSED"
	// ErrQuotaExceeded says that the store is full, or a quota of it.
	ErrQuotaExceeded Code = "QUOTA_EXCEEDED"
	// ErrUnavailable says that the backend cannot be had at the moment.
	ErrUnavailable Code = "UNAVAILABLE"
	// ErrCancelled says that the host cancelled the request.
	ErrCancelled Code = "CANCELLED"
	// ErrInternal is anything else.
	ErrInternal Code = "INTERNAL"
)

func (c Code) Error() string { return string(c) }

// numbers of the codes on the wire.
var numbers = map[Code]int{
	ErrPathNotFound: 1001, ErrInvalidPath: 1002, ErrInvalidOffset: 1003, ErrUnsupported: 1004, ErrAlreadyClosed: 1005,
	ErrQuotaExceeded: 1006, ErrUnavailable: 1007, ErrCancelled: 1008, ErrInternal: 1009,
}

// Error is a failure of a driver. Its text says in one line what was tried and what went wrong, without the driver's name
// and without secrets.
type Error struct {
	Code   Code
	Detail string
	// Path is the one that the error is about, where it is about one.
	Path string
	// Offset is what was refused, of ErrInvalidOffset.
	Offset *int64
	// Size is the writer's true size, of ErrInvalidOffset.
	Size *int64
	// Final says that the same call will not succeed later either, of ErrUnavailable.
	Final bool
	// Err is the cause.
	Err error
}

func (e *Error) Error() string {
	if e.Detail == "" {
		return string(e.Code)
	}
	return e.Detail
}

// Unwrap answers the cause.
func (e *Error) Unwrap() error { return e.Err }

// Is says whether target is the code of the error.
func (e *Error) Is(target error) bool {
	code, ok := target.(Code)
	return ok && code == e.Code
}

// NotFound is ErrPathNotFound of a path.
func NotFound(path string, cause error) *Error {
	return &Error{Code: ErrPathNotFound, Detail: "path not found: " + path, Path: path, Err: cause}
}

// BadPath is ErrInvalidPath, with the reason.
func BadPath(path, why string) *Error {
	return &Error{Code: ErrInvalidPath, Detail: fmt.Sprintf("invalid path: %q (%s)", path, why), Path: path}
}

// BadOffset is ErrInvalidOffset of a read.
func BadOffset(path string, offset int64) *Error {
	return &Error{Code: ErrInvalidOffset, Detail: fmt.Sprintf("invalid offset: %d for path %s", offset, path), Path: path, Offset: &offset}
}

// NotAtSize is ErrInvalidOffset of a write or a commit that is not at the writer's size.
func NotAtSize(path string, offset, size int64) *Error {
	err := BadOffset(path, offset)
	err.Detail += fmt.Sprintf(", the size is %d", size)
	err.Size = &size
	return err
}

// Unsupported is ErrUnsupported, with what is.
func Unsupported(what, path string) *Error {
	return &Error{Code: ErrUnsupported, Detail: "unsupported: " + what, Path: path}
}

// Ended is ErrAlreadyClosed, with what ended it: closed, committed or cancelled.
func Ended(path, how string) *Error {
	return &Error{Code: ErrAlreadyClosed, Detail: fmt.Sprintf("already %s: %s", how, path), Path: path}
}

// Changed is the answer to a read whose IfMatch is no longer the version at the path.
func Changed(path string) *Error {
	return &Error{Code: ErrUnavailable, Detail: "content changed while it was read: " + path, Path: path, Final: true}
}

// asError makes an *Error of whatever a driver returned.
func asError(err error, path string) *Error {
	var known *Error
	var code Code
	switch {
	case errors.As(err, &known):
		if known.Path != "" || path == "" {
			return known
		}
		withPath := *known
		withPath.Path = path
		return &withPath
	case errors.As(err, &code):
		return &Error{Code: code, Detail: err.Error(), Path: path, Err: err}
	case errors.Is(err, context.Canceled):
		return &Error{Code: ErrCancelled, Detail: "cancelled: " + path, Path: path, Err: err}
	case errors.Is(err, context.DeadlineExceeded):
		return &Error{Code: ErrUnavailable, Detail: err.Error(), Path: path, Err: err}
	default:
		return &Error{Code: ErrInternal, Detail: err.Error(), Path: path, Err: err}
	}
}

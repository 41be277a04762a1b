package bridge

import (
	"errors"

	storagedriver "github.com/distribution/distribution/v3/registry/storage/driver"

	outrigger "github.com/outrigger/outrigger/sdks/go"
	"github.com/outrigger/outrigger/sdks/go/bridge/internal/host"
)

// methodNotFound is -32601: a driver need not know the methods of a capability that it lacks.
const methodNotFound = -32601

// toError makes the errors of distribution of those on the wire. Its base decorator puts the driver's name to them.
func (d *driver) toError(name string, err error) error {
	var refused *host.Error
	if !errors.As(err, &refused) {
		return err
	}
	switch {
	case refused.Code == outrigger.ErrPathNotFound:
		return storagedriver.PathNotFoundError{Path: name, DriverName: d.Name()}
	case refused.Code == outrigger.ErrInvalidPath:
		return storagedriver.InvalidPathError{Path: name, DriverName: d.Name()}
	case refused.Code == outrigger.ErrInvalidOffset:
		return storagedriver.InvalidOffsetError{Path: name, Offset: refused.Offset, DriverName: d.Name()}
	case refused.Code == outrigger.ErrUnsupported, refused.Number == methodNotFound:
		return storagedriver.ErrUnsupportedMethod{DriverName: d.Name()}
	default:
		return err
	}
}

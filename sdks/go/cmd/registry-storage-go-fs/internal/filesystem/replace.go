package filesystem

import (
	"context"
	"errors"
	"os"
	"syscall"

	outrigger "github.com/outrigger/outrigger/sdks/go"
)

// createTemporary makes a file beside the final place, under a name that nobody sees, and the parents of both.
func (s *Store) createTemporary(name string) (file *os.File, info os.FileInfo, temporary string, err error) {
	err = s.directories.withParent(name, func() error {
		temporary = temporaryFor(name)
		file, info, err = openRegular(s.tree, temporary, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
		return err
	})
	return file, info, temporary, err
}

// seal closes a file after its content is on disk. An fsync that fails is never repeated: the kernel reports a lost page
// once, and a second fsync would succeed over a hole. So the file goes, and with it the bytes that nobody can vouch for.
func (s *Store) seal(file *os.File, name string) error {
	var err error
	if s.durable {
		err = file.Sync()
	}
	if err = errors.Join(err, file.Close()); err != nil {
		_ = s.tree.unlink(name)
	}
	return err
}

// publish gives a sealed temporary file its final name, atomically.
func (s *Store) publish(temporary, name string) error {
	if err := s.tree.rename(temporary, name); err != nil {
		_ = s.tree.unlink(temporary)
		return err
	}
	return s.directories.sync(parent(name))
}

// replace replaces a file as a whole: a reader, and everybody after a crash, finds the old content or the new. fill may run
// again when the directory vanishes meanwhile.
func (s *Store) replace(name string, fill func(file *os.File) error) error {
	return s.directories.withParent(name, func() error {
		file, _, temporary, err := s.createTemporary(name)
		if err != nil {
			return err
		}
		if err := fill(file); err != nil {
			_ = file.Close()
			_ = s.tree.unlink(temporary)
			return err
		}
		if err := s.seal(file, temporary); err != nil {
			return err
		}
		return s.publish(temporary, name)
	})
}

// Move implements outrigger.StorageDriver.
func (s *Store) Move(ctx context.Context, source, destination string) error {
	return s.run(ctx, destination, toMake, func() error { return s.move(source, destination) })
}

func (s *Store) move(source, destination string) error {
	info, err := s.lookAtSource(source)
	if err != nil {
		return err
	}
	if outrigger.IsBelow(destination, source) {
		return errInside
	}
	from, to := local(source), local(destination)
	err = s.directories.withParent(to, func() error {
		err := s.tree.rename(from, to)
		if errors.Is(err, syscall.ENOENT) {
			// The source is gone, or the directory of the destination is absent. This tells which.
			if _, gone := s.lookAtSource(source); gone != nil {
				return gone
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	if info.IsDir() {
		s.directories.moved(from, to)
	}
	return errors.Join(s.directories.sync(parent(to)), s.directories.sync(parent(from)))
}

func (s *Store) lookAtSource(source string) (os.FileInfo, error) {
	if isTemporary(source) {
		return nil, outrigger.NotFound(source, errReserved)
	}
	info, err := s.look(local(source))
	return info, toError(err, source, toLook)
}

// Copy implements outrigger.Copier: within the kernel, where it can.
func (s *Store) Copy(ctx context.Context, source, destination string) error {
	if isTemporary(source) {
		return outrigger.NotFound(source, errReserved)
	}
	return s.run(ctx, destination, toMake, func() error {
		from, _, err := openRegular(s.tree, local(source), os.O_RDONLY, 0)
		if err != nil {
			return toError(err, source, toLook)
		}
		defer from.Close()
		return s.replace(local(destination), func(to *os.File) error {
			if _, err := from.Seek(0, 0); err != nil {
				return err
			}
			_, err := to.ReadFrom(from)
			return err
		})
	})
}

// Package filesystem is a storage driver over a local directory, in Distribution's own layout: a path of the store is the
// path below the root.
package filesystem

import (
	"context"
	"io"
	"os"

	outrigger "github.com/outrigger/outrigger/sdks/go"
)

// Driver is what the executable serves.
var Driver = outrigger.Driver{
	Name:       "go-fs",
	Version:    "0.1.0",
	Parameters: outrigger.SchemaOf[Config](),
	Prototype:  (*Store)(nil),
	Open: func(_ context.Context, parameters outrigger.Parameters) (outrigger.StorageDriver, error) {
		config, err := outrigger.Decode[Config](parameters)
		if err != nil {
			return nil, err
		}
		return Open(config)
	},
}

// Config has the names and defaults of Distribution's driver; commit is our own.
type Config struct {
	RootDirectory string `parameter:"rootdirectory" default:"/var/lib/registry" path:"true" description:"Directory that holds everything. It is made if it is missing."`
	MaxThreads    int    `parameter:"maxthreads" default:"100" minimum:"0" description:"Calls that run at a time. Less than 25 counts as 25."`
	Commit        string `parameter:"commit" default:"durable" choices:"durable,relaxed" description:"durable: what is acknowledged survives a power cut. relaxed: nothing is synced, a power cut may lose or empty what was acknowledged."`
}

// Fewer parallel calls would make pushes and pulls wait for each other; Distribution has the same minimum.
const minThreads = 25

// Store is the driver.
type Store struct {
	tree        tree
	directories *directories
	listings    *listings
	durable     bool
	slots       chan struct{}
	stopSweep   func()
}

// Open makes the root if it is missing.
func Open(config Config) (*Store, error) {
	durable := config.Commit != "relaxed"
	tree, err := openTree(config.RootDirectory, durable)
	if err != nil {
		message := "cannot be made or opened (" + reasonOf(err) + ")"
		return nil, &outrigger.ParametersError{Issues: []outrigger.Issue{{Key: "rootdirectory", Message: message}}}
	}
	store := &Store{
		tree: tree, directories: newDirectories(tree, durable), listings: newListings(tree), durable: durable,
		slots: make(chan struct{}, max(minThreads, config.MaxThreads)),
	}
	store.stopSweep = sweepRegularly(tree)
	return store, nil
}

// run makes a call when its turn comes. Reserved names are refused, and errors get their meaning.
func (s *Store) run(ctx context.Context, path string, kind access, call func() error) error {
	if isTemporary(path) {
		return toError(errReserved, path, kind)
	}
	select {
	case s.slots <- struct{}{}:
		defer func() { <-s.slots }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return toError(call(), path, kind)
}

// Stat implements outrigger.StorageDriver.
func (s *Store) Stat(ctx context.Context, path string) (info outrigger.FileInfo, err error) {
	err = s.run(ctx, path, toLook, func() error {
		found, err := s.look(local(path))
		if err == nil {
			info = infoOf(path, found)
		}
		return err
	})
	return info, err
}

// Read implements outrigger.StorageDriver. The body is the file itself, which the kernel sends.
func (s *Store) Read(ctx context.Context, path string, options outrigger.ReadOptions) (content *outrigger.Content, err error) {
	err = s.run(ctx, path, toLook, func() error {
		file, info, err := openRegular(s.tree, local(path), os.O_RDONLY, 0)
		if err != nil {
			return err
		}
		if options.IfMatch != "" && options.IfMatch != versionOf(info) {
			_ = file.Close()
			return outrigger.Changed(path)
		}
		if options.Offset > 0 {
			if _, err = file.Seek(options.Offset, io.SeekStart); err != nil {
				_ = file.Close()
				return err
			}
		}
		content = &outrigger.Content{Size: info.Size(), ModTime: info.ModTime(), Version: versionOf(info), Body: file}
		return nil
	})
	return content, err
}

// Put implements outrigger.StorageDriver.
func (s *Store) Put(ctx context.Context, path string, content []byte) error {
	return s.run(ctx, path, toMake, func() error {
		return s.replace(local(path), func(file *os.File) error {
			_, err := file.Write(content)
			return err
		})
	})
}

// Delete implements outrigger.StorageDriver. Links in a directory are removed and never followed.
func (s *Store) Delete(ctx context.Context, path string) error {
	return s.run(ctx, path, toLook, func() error {
		name := local(path)
		info, err := s.look(name)
		switch {
		case err != nil:
			return err
		case info.IsDir():
			err = s.tree.removeAll(name)
			s.directories.forget(name)
		default:
			err = s.tree.unlink(name)
		}
		if err != nil {
			return err
		}
		return s.directories.sync(parent(name))
	})
}

// LocalFile implements outrigger.LocalFiler.
func (s *Store) LocalFile(ctx context.Context, path string) (content outrigger.LocalContent, err error) {
	err = s.run(ctx, path, toLook, func() error {
		info, err := s.tree.lstat(local(path))
		if err != nil {
			return err
		}
		if !info.Mode().IsRegular() {
			return errForeign
		}
		content = outrigger.LocalContent{LocalFile: s.fileAt(local(path), info), Size: info.Size(), ModTime: info.ModTime(), Version: versionOf(info)}
		return nil
	})
	return content, err
}

// Roots implements outrigger.LocalFiler.
func (s *Store) Roots() []string { return []string{s.tree.path()} }

// MovesAtomically implements outrigger.AtomicMover: a move is a rename.
func (*Store) MovesAtomically() bool { return true }

// MovesDirectoriesAtomically implements outrigger.AtomicDirectoryMover: that, too, is a rename.
func (*Store) MovesDirectoriesAtomically() bool { return true }

// CommitsTo implements outrigger.CommitterTo: a commit to another path is a rename.
func (*Store) CommitsTo() bool { return true }

// Close implements outrigger.StorageDriver.
func (s *Store) Close() error {
	s.stopSweep()
	return s.tree.close()
}

func infoOf(path string, info os.FileInfo) outrigger.FileInfo {
	if info.IsDir() {
		return outrigger.FileInfo{Path: path, ModTime: info.ModTime(), IsDir: true}
	}
	return outrigger.FileInfo{Path: path, Size: info.Size(), ModTime: info.ModTime(), Version: versionOf(info)}
}

// look answers a file or directory: whatever else has the name is none of the store's.
func (s *Store) look(name string) (os.FileInfo, error) {
	info, err := s.tree.lstat(name)
	if err == nil && !isOurs(info.Mode()) {
		err = errForeign
	}
	return info, err
}

func isOurs(mode os.FileMode) bool { return mode.IsRegular() || mode.IsDir() }

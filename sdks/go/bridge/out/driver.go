// Package out serves the drivers of distribution v3 to hosts of Outrigger.
package out

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	storagedriver "github.com/distribution/distribution/v3/registry/storage/driver"
	"github.com/distribution/distribution/v3/registry/storage/driver/factory"

	outrigger "github.com/outrigger/outrigger/sdks/go"
)

// Driver serves whatever drivers the program imports.
var Driver = outrigger.Driver{
	Name:        "distribution",
	Version:     "0.1.0",
	Environment: []string{"AWS_*", "GOOGLE_*", "AZURE_*", "REGISTRY_STORAGE_*"},
	Prototype:   (*store)(nil),
	// What is not declared counts as secret, and stays out of argv.
	Parameters: outrigger.Schema{
		"type": "object",
		"properties": map[string]any{
			"driver": map[string]any{"type": "string", "description": "Name of the driver in distribution's factory. The other parameters are its own."},
		},
		"required": []string{"driver"},
	},
	Open: open,
}

func open(ctx context.Context, parameters outrigger.Parameters) (outrigger.StorageDriver, error) {
	name, _ := parameters["driver"].(string)
	if name == "" {
		return nil, refuse("driver", "is required: the name of a driver in distribution's factory")
	}
	own := map[string]any{}
	for key, value := range parameters {
		if key != "driver" {
			own[key] = plain(value)
		}
	}
	driver, err := factory.Create(context.WithoutCancel(ctx), name, own)
	if err != nil {
		return nil, refuse("", err.Error())
	}
	return &store{driver}, nil
}

func refuse(key, message string) error {
	return &outrigger.ParametersError{Issues: []outrigger.Issue{{Key: key, Message: message}}}
}

// plain makes of numbers what YAML makes of them.
func plain(value any) any {
	if number, ok := value.(interface{ Int64() (int64, error) }); ok {
		if integer, err := number.Int64(); err == nil {
			return int(integer)
		}
		return fmt.Sprint(value)
	}
	return value
}

// store is a driver of distribution. It has no versions: what distribution tells of an object does not name its bytes.
type store struct{ driver storagedriver.StorageDriver }

// Stat implements outrigger.StorageDriver.
func (s *store) Stat(ctx context.Context, path string) (outrigger.FileInfo, error) {
	info, err := s.driver.Stat(ctx, path)
	if err != nil {
		return outrigger.FileInfo{}, toError(err, path, toLook)
	}
	found := outrigger.FileInfo{Path: path, ModTime: info.ModTime(), IsDir: info.IsDir()}
	if !found.IsDir {
		found.Size = info.Size()
	}
	return found, nil
}

// List implements outrigger.StorageDriver. Distribution lists all at once, in any order.
func (s *store) List(ctx context.Context, path string, options outrigger.ListOptions) (page outrigger.ListPage, err error) {
	paths, err := s.driver.List(ctx, path)
	if err != nil || len(paths) == 0 && path != "/" {
		// Some drivers list what is not there, and some have an error of their own for an object.
		if info, statErr := s.Stat(ctx, path); errors.Is(statErr, outrigger.ErrPathNotFound) || statErr == nil && !info.IsDir {
			return page, outrigger.NotFound(path, err)
		}
	}
	if err != nil {
		return page, toError(err, path, toLook)
	}
	names := make([]string, 0, len(paths))
	for _, each := range paths {
		name := each[strings.LastIndexByte(each, '/')+1:]
		if name > options.Cursor && outrigger.CheckPath("/"+name) == nil {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	names = slices.Compact(names)
	if len(names) > options.Limit {
		names = names[:options.Limit]
		page.Cursor = names[len(names)-1]
	}
	for _, name := range names {
		page.Entries = append(page.Entries, outrigger.ListEntry{Path: outrigger.JoinPath(path, name)})
	}
	return page, nil
}

// maxLooks is how often an object is opened that is replaced meanwhile.
const maxLooks = 5

// Read implements outrigger.StorageDriver. A reader of distribution does not tell what it has opened: the object has to be the
// same before and after.
func (s *store) Read(ctx context.Context, path string, options outrigger.ReadOptions) (*outrigger.Content, error) {
	if options.IfMatch != "" {
		return nil, outrigger.Changed(path)
	}
	before, err := s.Stat(ctx, path)
	for range maxLooks {
		if err != nil {
			return nil, err
		}
		if before.IsDir {
			return nil, outrigger.NotFound(path, nil)
		}
		content := &outrigger.Content{Size: before.Size, ModTime: before.ModTime, Body: io.NopCloser(strings.NewReader(""))}
		if options.Offset >= before.Size {
			return content, nil
		}
		if content.Body, err = s.driver.Reader(ctx, path, options.Offset); err != nil {
			return nil, toError(err, path, toLook)
		}
		var after outrigger.FileInfo
		if after, err = s.Stat(ctx, path); err == nil && after == before {
			return content, nil
		}
		_ = content.Body.Close()
		before = after
	}
	return nil, &outrigger.Error{Code: outrigger.ErrUnavailable, Detail: "replaced again and again: " + path, Path: path}
}

// Put implements outrigger.StorageDriver.
func (s *store) Put(ctx context.Context, path string, content []byte) error {
	return toError(s.driver.PutContent(ctx, path, content), path, toMake)
}

// Write implements outrigger.StorageDriver. A writer of distribution keeps its context, and outlives the request.
func (s *store) Write(ctx context.Context, path string, options outrigger.WriterOptions) (outrigger.Writer, error) {
	kind := toMake
	if options.Mode == outrigger.Append {
		kind = toLook
	}
	opened, err := s.driver.Writer(context.WithoutCancel(ctx), path, options.Mode == outrigger.Append)
	if err != nil {
		return nil, toError(err, path, kind)
	}
	return &writer{opened, path, opened.Size()}, nil
}

// Delete implements outrigger.StorageDriver.
func (s *store) Delete(ctx context.Context, path string) error {
	return toError(s.driver.Delete(ctx, path), path, toLook)
}

// Close implements outrigger.StorageDriver: distribution's drivers have no end.
func (s *store) Close() error { return nil }

// writer counts for itself: some drivers tell of a size only what is not buffered any more.
type writer struct {
	storagedriver.FileWriter
	path string
	size int64
}

func (w *writer) Size() int64 { return w.size }

func (w *writer) Write(piece []byte) (int, error) {
	count, err := w.FileWriter.Write(piece)
	w.size += int64(count)
	return count, toError(err, w.path, toMake)
}

// Commit closes, too, as distribution does after each commit.
func (w *writer) Commit(ctx context.Context) error {
	if err := w.FileWriter.Commit(ctx); err != nil {
		return toError(err, w.path, toMake)
	}
	return toError(w.FileWriter.Close(), w.path, toMake)
}

func (w *writer) Close() error { return toError(w.FileWriter.Close(), w.path, toMake) }

func (w *writer) Cancel(ctx context.Context) error {
	return toError(w.FileWriter.Cancel(ctx), w.path, toMake)
}

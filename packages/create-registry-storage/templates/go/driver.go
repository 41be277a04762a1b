package main

import (
	"bytes"
	"context"
	"io"
	"slices"
	"strings"
	"time"

	outrigger "github.com/outrigger/outrigger/sdks/go"
)

// Where committed objects lie in the store, and what was written without a commit.
const (
	objects    = "objects"
	unfinished = "unfinished"
)

// Driver is the contract over a store of objects; directories are what their paths imply. Paths and offsets were checked before
// a call gets here. The promises of each method are in the comments of outrigger.StorageDriver.
type Driver struct{ store *store }

// Stat is one of the StorageDriver's, as all that follow.
func (d *Driver) Stat(_ context.Context, path string) (outrigger.FileInfo, error) {
	if found, ok := d.store.find(objects + path); ok {
		size := int64(len(found.content))
		return outrigger.FileInfo{Path: path, Size: size, ModTime: found.modTime, Version: found.version}, nil
	}
	if path != "/" && len(d.keysAt(objects, path)) == 0 {
		return outrigger.FileInfo{}, outrigger.NotFound(path, nil)
	}
	return outrigger.FileInfo{Path: path, IsDir: true, ModTime: time.Unix(0, 0)}, nil
}

func (d *Driver) List(_ context.Context, path string, options outrigger.ListOptions) (page outrigger.ListPage, err error) {
	prefix := objects + inside(path)
	keys := d.store.keys(prefix)
	if path != "/" && len(keys) == 0 {
		return page, outrigger.NotFound(path, nil)
	}
	var names []string
	for _, key := range keys {
		name, _, _ := strings.Cut(key[len(prefix):], "/")
		if name > options.Cursor {
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

// Read opens a stream of the range in a real driver.
func (d *Driver) Read(_ context.Context, path string, options outrigger.ReadOptions) (*outrigger.Content, error) {
	found, ok := d.store.find(objects + path)
	if !ok {
		return nil, outrigger.NotFound(path, nil)
	}
	if options.IfMatch != "" && options.IfMatch != found.version {
		return nil, outrigger.Changed(path)
	}
	size := int64(len(found.content))
	body := io.NopCloser(bytes.NewReader(found.content[min(options.Offset, size):]))
	return &outrigger.Content{Size: size, ModTime: found.modTime, Version: found.version, Body: body}, nil
}

func (d *Driver) Put(_ context.Context, path string, content []byte) error {
	if err := d.free(path); err != nil {
		return err
	}
	d.store.save(objects+path, content)
	d.store.remove(unfinished + path)
	return nil
}

func (d *Driver) Write(_ context.Context, path string, options outrigger.WriterOptions) (outrigger.Writer, error) {
	if err := d.free(path); err != nil {
		return nil, err
	}
	if options.Mode != outrigger.Append {
		return &writer{driver: d, path: path}, nil
	}
	begun, ok := d.store.find(unfinished + path)
	if !ok {
		begun, ok = d.store.find(objects + path)
	}
	if !ok {
		return nil, outrigger.NotFound(path, nil)
	}
	return &writer{driver: d, path: path, content: bytes.Clone(begun.content)}, nil
}

func (d *Driver) Move(_ context.Context, source, destination string) error {
	keys := d.keysAt(objects, source)
	if len(keys) == 0 {
		return outrigger.NotFound(source, nil)
	}
	if source == destination {
		return nil
	}
	if err := d.free(destination); err != nil {
		return err
	}
	for _, key := range keys {
		if found, ok := d.store.find(key); ok {
			d.store.save(objects+destination+strings.TrimPrefix(key, objects+source), found.content)
			d.store.remove(key)
		}
	}
	return nil
}

func (d *Driver) Delete(_ context.Context, path string) error {
	keys := append(d.keysAt(objects, path), d.keysAt(unfinished, path)...)
	if len(keys) == 0 {
		return outrigger.NotFound(path, nil)
	}
	for _, key := range keys {
		d.store.remove(key)
	}
	return nil
}

func (d *Driver) Close() error { return nil }

// keysAt answers the key of the object at a path, or those of all below it.
func (d *Driver) keysAt(space, path string) []string {
	if _, ok := d.store.find(space + path); ok {
		return []string{space + path}
	}
	return d.store.keys(space + inside(path))
}

// free refuses what would make an object a directory, or a directory an object.
func (d *Driver) free(path string) error {
	if len(d.store.keys(objects+inside(path))) > 0 {
		return outrigger.BadPath(path, "a directory is there")
	}
	for parent := path; strings.LastIndexByte(parent, '/') > 0; {
		parent = parent[:strings.LastIndexByte(parent, '/')]
		if _, ok := d.store.find(objects + parent); ok {
			return outrigger.BadPath(path, "an object is in the way")
		}
	}
	return nil
}

// writer gathers all content in memory: a real driver uploads in parts.
type writer struct {
	driver  *Driver
	path    string
	content []byte
}

func (w *writer) Write(piece []byte) (int, error) {
	w.content = append(w.content, piece...)
	return len(piece), nil
}

func (w *writer) Size() int64 { return int64(len(w.content)) }

func (w *writer) Commit(ctx context.Context) error { return w.driver.Put(ctx, w.path, w.content) }

func (w *writer) Close() error {
	w.driver.store.save(unfinished+w.path, w.content)
	return nil
}

func (w *writer) Cancel(context.Context) error {
	w.driver.store.remove(unfinished + w.path)
	return nil
}

func inside(directory string) string {
	return strings.TrimSuffix(directory, "/") + "/"
}

package outrigger_test

import (
	"bytes"
	"context"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	outrigger "github.com/outrigger/outrigger/sdks/go"
)

// memory is the smallest driver: objects in a map, no capabilities.
type memory struct {
	mu         sync.Mutex
	objects    map[string][]byte
	unfinished map[string][]byte
}

type noParameters struct{}

var memoryDriver = outrigger.Driver{
	Name: "memory", Version: "1.0.0", Parameters: outrigger.SchemaOf[noParameters](), Prototype: (*memory)(nil),
	Open: func(_ context.Context, parameters outrigger.Parameters) (outrigger.StorageDriver, error) {
		if _, err := outrigger.Decode[noParameters](parameters); err != nil {
			return nil, err
		}
		return newMemory(), nil
	},
}

func newMemory() *memory {
	return &memory{objects: map[string][]byte{}, unfinished: map[string][]byte{}}
}

var someTime = time.UnixMilli(1763769600000)

// below answers the paths below a directory, in order.
func (m *memory) below(directory string) []string {
	var found []string
	for path := range m.objects {
		if outrigger.IsBelow(path, directory) {
			found = append(found, path)
		}
	}
	slices.Sort(found)
	return found
}

func (m *memory) Stat(_ context.Context, path string) (outrigger.FileInfo, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if content, ok := m.objects[path]; ok {
		return outrigger.FileInfo{Path: path, Size: int64(len(content)), ModTime: someTime}, nil
	}
	if len(m.below(path)) == 0 && path != "/" {
		return outrigger.FileInfo{}, outrigger.NotFound(path, nil)
	}
	return outrigger.FileInfo{Path: path, ModTime: someTime, IsDir: true}, nil
}

func (m *memory) List(_ context.Context, path string, options outrigger.ListOptions) (page outrigger.ListPage, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	paths := m.below(path)
	if len(paths) == 0 && path != "/" {
		return page, outrigger.NotFound(path, nil)
	}
	var names []string
	for _, each := range paths {
		name, _, _ := strings.Cut(strings.TrimPrefix(each[len(strings.TrimSuffix(path, "/")):], "/"), "/")
		if name > options.Cursor && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	if len(names) > options.Limit {
		names = names[:options.Limit]
		page.Cursor = names[len(names)-1]
	}
	for _, name := range names {
		page.Entries = append(page.Entries, outrigger.ListEntry{Path: outrigger.JoinPath(path, name)})
	}
	return page, nil
}

func (m *memory) Read(_ context.Context, path string, options outrigger.ReadOptions) (*outrigger.Content, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	content, ok := m.objects[path]
	if !ok {
		return nil, outrigger.NotFound(path, nil)
	}
	if options.IfMatch != "" {
		return nil, outrigger.Changed(path)
	}
	rest := content[min(options.Offset, int64(len(content))):]
	return &outrigger.Content{Size: int64(len(content)), ModTime: someTime, Body: io.NopCloser(bytes.NewReader(rest))}, nil
}

// free refuses what would need an object to be a directory, or a directory an object.
func (m *memory) free(path string) error {
	if len(m.below(path)) > 0 {
		return outrigger.BadPath(path, "a directory is there")
	}
	for each := range m.objects {
		if outrigger.IsBelow(path, each) {
			return outrigger.BadPath(path, "an object is in it")
		}
	}
	return nil
}

func (m *memory) Put(_ context.Context, path string, content []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.free(path); err != nil {
		return err
	}
	m.objects[path] = bytes.Clone(content)
	delete(m.unfinished, path)
	return nil
}

func (m *memory) Write(_ context.Context, path string, options outrigger.WriterOptions) (outrigger.Writer, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.free(path); err != nil {
		return nil, err
	}
	writer := &memoryWriter{store: m, path: path}
	if options.Mode == outrigger.Append {
		begun, ok := m.unfinished[path]
		if done, isThere := m.objects[path]; !ok && !isThere {
			return nil, outrigger.NotFound(path, nil)
		} else if !ok {
			begun = done
		}
		writer.content = bytes.Clone(begun)
	}
	return writer, nil
}

func (m *memory) Move(_ context.Context, source, destination string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	paths := m.below(source)
	if _, ok := m.objects[source]; ok {
		paths = append(paths, source)
	}
	if len(paths) == 0 {
		return outrigger.NotFound(source, nil)
	}
	if source == destination {
		return nil
	}
	if err := m.free(destination); err != nil {
		return err
	}
	for _, path := range paths {
		m.objects[destination+strings.TrimPrefix(path, source)] = m.objects[path]
		delete(m.objects, path)
	}
	return nil
}

func (m *memory) Delete(_ context.Context, path string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	found := false
	for _, kept := range []map[string][]byte{m.objects, m.unfinished} {
		for each := range kept {
			if each == path || outrigger.IsBelow(each, path) {
				found = true
				delete(kept, each)
			}
		}
	}
	if !found {
		return outrigger.NotFound(path, nil)
	}
	return nil
}

func (m *memory) Close() error { return nil }

type memoryWriter struct {
	store   *memory
	path    string
	content []byte
}

func (w *memoryWriter) Write(piece []byte) (int, error) {
	w.content = append(w.content, piece...)
	return len(piece), nil
}

func (w *memoryWriter) Size() int64 { return int64(len(w.content)) }

func (w *memoryWriter) Commit(ctx context.Context) error {
	return w.store.Put(ctx, w.path, w.content)
}

func (w *memoryWriter) Close() error {
	w.store.mu.Lock()
	defer w.store.mu.Unlock()
	w.store.unfinished[w.path] = w.content
	return nil
}

func (w *memoryWriter) Cancel(context.Context) error {
	w.store.mu.Lock()
	defer w.store.mu.Unlock()
	delete(w.store.unfinished, w.path)
	return nil
}

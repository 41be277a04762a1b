// Package bridge lets the registry of distribution v3 use storage drivers of Outrigger: programs called
// registry-storage-<name>. A blank import registers the driver "outrigger" in its factory:
//
//	storage:
//	  outrigger:
//	    driver: go-fs
//	    rootdirectory: /var/lib/registry
//
// The parameter driver names the program; driverdirectory, if it is there, is where it is looked for before PATH. All others
// are the driver's own.
package bridge

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"

	storagedriver "github.com/distribution/distribution/v3/registry/storage/driver"
	"github.com/distribution/distribution/v3/registry/storage/driver/base"
	"github.com/distribution/distribution/v3/registry/storage/driver/factory"

	"github.com/outrigger/outrigger/sdks/go/bridge/internal/host"
)

// Name is that of the driver in distribution's factory.
const Name = "outrigger"

func init() { factory.Register(Name, driverFactory{}) }

type driverFactory struct{}

// Create implements factory.StorageDriverFactory.
func (driverFactory) Create(ctx context.Context, parameters map[string]any) (storagedriver.StorageDriver, error) {
	return New(ctx, parameters)
}

// Driver is a driver of distribution in a process of its own, which is started again when it ends.
type Driver struct{ base.Base }

// New starts the driver that the parameters name.
func New(ctx context.Context, parameters map[string]any) (*Driver, error) {
	name, _ := parameters["driver"].(string)
	directory, _ := parameters["driverdirectory"].(string)
	if name == "" {
		return nil, fmt.Errorf(`storage driver %s: the parameter "driver" is the name of a registry-storage-<name>`, Name)
	}
	executable, err := host.Find(name, directory)
	if err != nil {
		return nil, fmt.Errorf("storage driver %s: %w", Name, err)
	}
	started, err := host.Start(ctx, host.Options{Executable: executable, Name: name, Parameters: ownParameters(parameters), Log: slog.Default()})
	if err != nil {
		return nil, fmt.Errorf("storage driver %s: %w", Name, err)
	}
	return &Driver{base.Base{StorageDriver: &driver{started}}}, nil
}

// Close stops the process. The registry never does: its drivers end with it, as this one does.
func (d *Driver) Close() { d.StorageDriver.(*driver).process.Close() }

// ownParameters are those of the driver itself, as JSON knows them: maps of YAML may have keys of any type.
func ownParameters(parameters map[string]any) map[string]any {
	own := map[string]any{}
	for key, value := range parameters {
		if key != "driver" && key != "driverdirectory" {
			own[key] = plain(value)
		}
	}
	return own
}

func plain(value any) any {
	switch value := value.(type) {
	case map[any]any:
		named := map[string]any{}
		for key, each := range value {
			named[fmt.Sprint(key)] = plain(each)
		}
		return named
	case []any:
		for i, each := range value {
			value[i] = plain(each)
		}
	}
	return value
}

type driver struct{ process *host.Driver }

type path struct {
	Path string `json:"path"`
}

// Name implements storagedriver.StorageDriver.
func (d *driver) Name() string { return d.process.Name() }

// GetContent implements storagedriver.StorageDriver.
func (d *driver) GetContent(ctx context.Context, name string) ([]byte, error) {
	var found struct {
		Content *[]byte `json:"content"`
	}
	if err := d.process.Call(ctx, "get", path{name}, &found); err != nil {
		return nil, d.toError(name, err)
	}
	if found.Content != nil {
		return *found.Content, nil
	}
	content, err := d.process.Open(ctx, name, 0)
	if err != nil {
		return nil, d.toError(name, err)
	}
	defer content.Close()
	all, err := io.ReadAll(content)
	return all, d.toError(name, err)
}

// PutContent implements storagedriver.StorageDriver.
func (d *driver) PutContent(ctx context.Context, name string, content []byte) error {
	if len(content) <= host.SmallContentBytes {
		params := map[string]any{"path": name, "content": append([]byte{}, content...)}
		return d.toError(name, d.process.Call(ctx, "put", params, nil))
	}
	mode := "put"
	if capabilities, err := d.process.Capabilities(ctx); err != nil {
		return d.toError(name, err)
	} else if len(content) > host.PutBytes && capabilities.IsolatedWriters {
		mode = "isolated"
	} else if len(content) > host.PutBytes {
		mode = "truncate"
	}
	writer, err := d.process.OpenWriter(ctx, name, mode)
	if err != nil {
		return d.toError(name, err)
	}
	if _, err = writer.Write(content); err == nil {
		err = writer.Commit(ctx)
	}
	if err != nil {
		_ = writer.Cancel(ctx)
	}
	return d.toError(name, err)
}

// Reader implements storagedriver.StorageDriver.
func (d *driver) Reader(ctx context.Context, name string, offset int64) (io.ReadCloser, error) {
	content, err := d.process.Open(ctx, name, offset)
	if err != nil {
		return nil, d.toError(name, err)
	}
	return &reader{content, d, name}, nil
}

type reader struct {
	*host.Content
	driver *driver
	name   string
}

func (r *reader) Read(into []byte) (int, error) {
	count, err := r.Content.Read(into)
	if err != nil && !errors.Is(err, io.EOF) {
		err = r.driver.toError(r.name, err)
	}
	return count, err
}

// Stat implements storagedriver.StorageDriver.
func (d *driver) Stat(ctx context.Context, name string) (storagedriver.FileInfo, error) {
	var found fileInfo
	if err := d.process.Call(ctx, "stat", path{name}, &found); err != nil {
		return nil, d.toError(name, err)
	}
	return found.toDistribution(), nil
}

type fileInfo struct {
	Path    string `json:"path"`
	Size    int64  `json:"size"`
	ModTime int64  `json:"modTime"`
	IsDir   bool   `json:"isDir"`
}

func (f fileInfo) toDistribution() storagedriver.FileInfo {
	return storagedriver.FileInfoInternal{FileInfoFields: storagedriver.FileInfoFields{
		Path: f.Path, Size: f.Size, ModTime: time.UnixMilli(f.ModTime), IsDir: f.IsDir,
	}}
}

// List implements storagedriver.StorageDriver.
func (d *driver) List(ctx context.Context, name string) ([]string, error) {
	names, cursor := []string{}, ""
	for {
		params := map[string]any{"path": name}
		if cursor != "" {
			params["cursor"] = cursor
		}
		var page struct {
			Entries []path `json:"entries"`
			Cursor  string `json:"cursor"`
		}
		if err := d.process.Call(ctx, "list", params, &page); err != nil {
			return nil, d.toError(name, err)
		}
		for _, entry := range page.Entries {
			names = append(names, entry.Path)
		}
		if cursor = page.Cursor; cursor == "" {
			return names, nil
		}
	}
}

// Move implements storagedriver.StorageDriver.
func (d *driver) Move(ctx context.Context, source, destination string) error {
	return d.toError(source, d.process.Move(ctx, source, destination))
}

// Delete implements storagedriver.StorageDriver.
func (d *driver) Delete(ctx context.Context, name string) error {
	return d.toError(name, d.process.Delete(ctx, name))
}

// RedirectURL implements storagedriver.StorageDriver.
func (d *driver) RedirectURL(r *http.Request, name string) (string, error) {
	capabilities, err := d.process.Capabilities(r.Context())
	if err != nil || !capabilities.RedirectURL {
		return "", d.toError(name, err)
	}
	var found struct {
		URL string `json:"url"`
	}
	params := map[string]any{"path": name, "method": r.Method, "host": r.Host}
	err = d.process.Call(r.Context(), "redirectURL", params, &found)
	return found.URL, d.toError(name, err)
}

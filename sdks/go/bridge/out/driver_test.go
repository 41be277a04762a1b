package out

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"testing"

	_ "github.com/distribution/distribution/v3/registry/storage/driver/filesystem"
	_ "github.com/distribution/distribution/v3/registry/storage/driver/inmemory"

	outrigger "github.com/outrigger/outrigger/sdks/go"
)

var ctx = context.Background()

func stores(t *testing.T, run func(t *testing.T, store outrigger.StorageDriver)) {
	for name, parameters := range map[string]outrigger.Parameters{
		"inmemory":   {"driver": "inmemory"},
		"filesystem": {"driver": "filesystem", "rootdirectory": t.TempDir(), "maxthreads": json.Number("50")},
	} {
		t.Run(name, func(t *testing.T) {
			store, err := open(ctx, parameters)
			must(t, err)
			run(t, store)
		})
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func refused(t *testing.T, what string, err error, code outrigger.Code) {
	t.Helper()
	if !errors.Is(err, code) {
		t.Errorf("%s: expected %s, got %v", what, code, err)
	}
}

func TestErrors(t *testing.T) {
	stores(t, func(t *testing.T, store outrigger.StorageDriver) {
		must(t, store.Put(ctx, "/a/b", []byte("content")))
		for _, path := range []string{"/absent", "/a/b/c"} {
			_, err := store.Stat(ctx, path)
			refused(t, "stat "+path, err, outrigger.ErrPathNotFound)
			_, err = store.Read(ctx, path, outrigger.ReadOptions{Length: -1})
			refused(t, "read "+path, err, outrigger.ErrPathNotFound)
			_, err = store.List(ctx, path, outrigger.ListOptions{Limit: 10})
			refused(t, "list "+path, err, outrigger.ErrPathNotFound)
			refused(t, "move "+path, store.Move(ctx, path, "/to"), outrigger.ErrPathNotFound)
		}
		_, err := store.Read(ctx, "/a", outrigger.ReadOptions{Length: -1})
		refused(t, "read of a directory", err, outrigger.ErrPathNotFound)
		_, err = store.Read(ctx, "/a/b", outrigger.ReadOptions{Length: -1, IfMatch: "v"})
		refused(t, "read of a version", err, outrigger.ErrUnavailable)
		refused(t, "delete", store.Delete(ctx, "/absent"), outrigger.ErrPathNotFound)
	})
}

func TestListInPages(t *testing.T) {
	stores(t, func(t *testing.T, store outrigger.StorageDriver) {
		for _, name := range []string{"c", "a", "b/x", "b/y"} {
			must(t, store.Put(ctx, "/l/"+name, nil))
		}
		first, err := store.List(ctx, "/l", outrigger.ListOptions{Limit: 2})
		must(t, err)
		second, err := store.List(ctx, "/l", outrigger.ListOptions{Limit: 2, Cursor: first.Cursor})
		must(t, err)
		if len(first.Entries) != 2 || first.Entries[1].Path != "/l/b" || len(second.Entries) != 1 || second.Cursor != "" {
			t.Errorf("got %v and %v", first, second)
		}
	})
}

func TestWriteAppendAndRead(t *testing.T) {
	stores(t, func(t *testing.T, store outrigger.StorageDriver) {
		first, err := store.Write(ctx, "/w", outrigger.WriterOptions{Mode: outrigger.Truncate})
		must(t, err)
		_, err = first.Write([]byte("hello "))
		must(t, err)
		if size := first.Size(); size != 6 {
			t.Errorf("6 bytes were written, and %d are told of", size)
		}
		must(t, first.Close())
		second, err := store.Write(ctx, "/w", outrigger.WriterOptions{Mode: outrigger.Append})
		must(t, err)
		_, err = second.Write([]byte("world"))
		must(t, err)
		must(t, second.Commit(ctx))
		for offset, expected := range map[int64]string{0: "hello world", 6: "world", 11: "", 99: ""} {
			content, err := store.Read(ctx, "/w", outrigger.ReadOptions{Offset: offset, Length: -1})
			must(t, err)
			got, err := io.ReadAll(content.Body)
			must(t, errors.Join(err, content.Body.Close()))
			if string(got) != expected || content.Size != 11 {
				t.Errorf("from %d on there is %q of %d", offset, got, content.Size)
			}
		}
	})
}

func TestMoveOfADirectory(t *testing.T) {
	stores(t, func(t *testing.T, store outrigger.StorageDriver) {
		for _, path := range []string{"/m/a", "/m/b/c", "/mb"} {
			must(t, store.Put(ctx, path, nil))
		}
		must(t, store.Move(ctx, "/m", "/moved/to"))
		for _, path := range []string{"/moved/to/a", "/moved/to/b/c", "/mb"} {
			_, err := store.Stat(ctx, path)
			must(t, err)
		}
		_, err := store.Stat(ctx, "/m")
		refused(t, "stat of the source", err, outrigger.ErrPathNotFound)
		for _, path := range []string{"/moved", "/mb"} {
			before, err := store.Stat(ctx, path)
			must(t, err)
			must(t, store.Move(ctx, path, path))
			if after, err := store.Stat(ctx, path); err != nil || after != before {
				t.Errorf("a move of %s to itself made of %v: %v, %v", path, before, after, err)
			}
		}
		refused(t, "move of nothing to itself", store.Move(ctx, "/absent", "/absent"), outrigger.ErrPathNotFound)
		refused(t, "move below itself", store.Move(ctx, "/moved", "/moved/x"), outrigger.ErrInvalidPath)
	})
}

func TestParameters(t *testing.T) {
	for _, parameters := range []outrigger.Parameters{{}, {"driver": "nosuch"}, {"driver": "filesystem", "maxthreads": "many"}} {
		var issues *outrigger.ParametersError
		if _, err := open(ctx, parameters); !errors.As(err, &issues) {
			t.Errorf("%v: %v", parameters, err)
		}
	}
}

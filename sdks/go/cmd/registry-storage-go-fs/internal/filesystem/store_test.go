package filesystem

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	outrigger "github.com/outrigger/outrigger/sdks/go"
)

// stores are one over each kind of tree.
func stores(t *testing.T, run func(t *testing.T, store *Store, root string)) {
	kinds := map[string]func(string) (tree, error){"the system's": newTree, "os.Root": openRootTree}
	for name, open := range kinds {
		t.Run(name, func(t *testing.T) {
			root, err := filepath.EvalSymlinks(t.TempDir())
			if err != nil {
				t.Fatal(err)
			}
			store, err := Open(Config{RootDirectory: root, Commit: "durable"})
			if err != nil {
				t.Fatal(err)
			}
			tree, err := open(root)
			if err != nil {
				t.Fatal(err)
			}
			_ = store.tree.close()
			store.tree, store.directories, store.listings = tree, newDirectories(tree, true), newListings(tree)
			t.Cleanup(func() { _ = store.Close() })
			run(t, store, root)
		})
	}
}

var ctx = context.Background()

func contentOf(t *testing.T, store *Store, path string) string {
	t.Helper()
	content, err := store.Read(ctx, path, outrigger.ReadOptions{Length: outrigger.ToTheEnd})
	if err != nil {
		t.Fatal(err)
	}
	defer content.Body.Close()
	text, err := io.ReadAll(content.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
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

func TestNoLinkIsFollowed(t *testing.T) {
	stores(t, func(t *testing.T, store *Store, root string) {
		outside := t.TempDir()
		must(t, os.WriteFile(filepath.Join(outside, "secret"), []byte("secret"), 0o600))
		must(t, store.Put(ctx, "/real/file", []byte("content")))
		must(t, os.Symlink(outside, filepath.Join(root, "out")))
		must(t, os.Symlink(filepath.Join(root, "real"), filepath.Join(root, "in")))
		must(t, os.Symlink("real/file", filepath.Join(root, "link")))
		for _, path := range []string{"/out/secret", "/in/file", "/link", "/out", "/in"} {
			_, err := store.Stat(ctx, path)
			refused(t, "stat "+path, err, outrigger.ErrPathNotFound)
			_, err = store.Read(ctx, path, outrigger.ReadOptions{Length: -1})
			refused(t, "read "+path, err, outrigger.ErrPathNotFound)
			_, err = store.List(ctx, path, outrigger.ListOptions{Limit: 10})
			refused(t, "list "+path, err, outrigger.ErrPathNotFound)
			refused(t, "delete "+path, store.Delete(ctx, path), outrigger.ErrPathNotFound)
			refused(t, "move "+path, store.Move(ctx, path, "/moved"), outrigger.ErrPathNotFound)
		}
		for _, path := range []string{"/out/new", "/in/new", "/out/a/new"} {
			refused(t, "put "+path, store.Put(ctx, path, nil), outrigger.ErrInvalidPath)
			_, err := store.Write(ctx, path, outrigger.WriterOptions{Mode: outrigger.Truncate})
			refused(t, "write "+path, err, outrigger.ErrInvalidPath)
			refused(t, "move to "+path, store.Move(ctx, "/real/file", path), outrigger.ErrInvalidPath)
		}
		found, err := os.ReadDir(outside)
		if err != nil || len(found) != 1 {
			t.Errorf("outside there are %v, %v", found, err)
		}
		page, err := store.List(ctx, "/", outrigger.ListOptions{Limit: 10})
		if err != nil || len(page.Entries) != 1 {
			t.Errorf("listed %v, %v", page.Entries, err)
		}
	})
}

func TestLinksInADirectoryThatIsDeleted(t *testing.T) {
	stores(t, func(t *testing.T, store *Store, root string) {
		outside := t.TempDir()
		must(t, os.WriteFile(filepath.Join(outside, "kept"), nil, 0o600))
		must(t, store.Put(ctx, "/a/b", nil))
		must(t, os.Symlink(outside, filepath.Join(root, "a", "link")))
		must(t, store.Delete(ctx, "/a"))
		if _, err := os.Stat(filepath.Join(outside, "kept")); err != nil {
			t.Error(err)
		}
	})
}

func TestAFIFOBlocksNobody(t *testing.T) {
	stores(t, func(t *testing.T, store *Store, root string) {
		must(t, syscall.Mkfifo(filepath.Join(root, "fifo"), 0o600))
		_, err := store.Read(ctx, "/fifo", outrigger.ReadOptions{Length: -1})
		refused(t, "read", err, outrigger.ErrPathNotFound)
		_, err = store.Write(ctx, "/fifo", outrigger.WriterOptions{Mode: outrigger.Truncate})
		refused(t, "write", err, outrigger.ErrInvalidPath)
	})
}

func TestTemporaryFilesAreNeverSeen(t *testing.T) {
	const name = "/a/data.01234567-89ab-cdef-0123-456789abcdef.tmp"
	stores(t, func(t *testing.T, store *Store, root string) {
		must(t, store.Put(ctx, "/a/b", nil))
		must(t, os.WriteFile(filepath.Join(root, name), []byte("half"), 0o600))
		_, err := store.Stat(ctx, name)
		refused(t, "stat", err, outrigger.ErrPathNotFound)
		refused(t, "put", store.Put(ctx, name, nil), outrigger.ErrInvalidPath)
		refused(t, "copy", store.Copy(ctx, name, "/c"), outrigger.ErrPathNotFound)
		page, err := store.List(ctx, "/a", outrigger.ListOptions{Limit: 10})
		if err != nil || len(page.Entries) != 1 {
			t.Errorf("listed %v, %v", page.Entries, err)
		}
		if removed := sweep(ctx, store.tree, ".", time.Hour); removed != 0 {
			t.Errorf("%d young files were removed", removed)
		}
		old := time.Now().Add(-2 * time.Hour)
		must(t, os.Chtimes(filepath.Join(root, name), old, old))
		if removed := sweep(ctx, store.tree, ".", time.Hour); removed != 1 {
			t.Errorf("%d old files were removed", removed)
		}
	})
}

func TestEveryNewDirectoryIsSynced(t *testing.T) {
	stores(t, func(t *testing.T, store *Store, _ string) {
		must(t, store.Put(ctx, "/a/b/c/d", nil))
		must(t, store.Move(ctx, "/a/b/c/d", "/x/y/z"))
		writer, err := store.Write(ctx, "/u/v/w", outrigger.WriterOptions{Mode: outrigger.Truncate})
		must(t, err)
		must(t, writer.Commit(ctx))
		if len(store.directories.unsynced) != 0 {
			t.Errorf("not synced: %v", store.directories.unsynced)
		}
		for _, each := range []string{".", "a", "a/b", "a/b/c", "x", "x/y", "u", "u/v"} {
			if !store.directories.settled[each] {
				t.Errorf("%s was never synced", each)
			}
		}
	})
}

func TestWriters(t *testing.T) {
	stores(t, func(t *testing.T, store *Store, _ string) {
		must(t, store.Put(ctx, "/a", []byte("old")))
		isolated, err := store.WriteIsolated(ctx, "/a", outrigger.WriterOptions{})
		must(t, err)
		_, err = isolated.Write([]byte("new"))
		must(t, err)
		if got := contentOf(t, store, "/a"); got != "old" {
			t.Errorf("before the commit there is %q", got)
		}
		must(t, isolated.Commit(ctx))
		if got := contentOf(t, store, "/a"); got != "new" {
			t.Errorf("after the commit there is %q", got)
		}
		refused(t, "commit again", isolated.Commit(ctx), outrigger.ErrAlreadyClosed)

		first, err := store.Write(ctx, "/b", outrigger.WriterOptions{Mode: outrigger.Truncate})
		must(t, err)
		_, err = first.Write([]byte("hello "))
		must(t, err)
		must(t, first.Close())
		second, err := store.Write(ctx, "/b", outrigger.WriterOptions{Mode: outrigger.Append})
		must(t, err)
		_, err = second.Write([]byte("world"))
		must(t, err)
		must(t, second.(outrigger.WriterTo).CommitTo(ctx, "/c/d"))
		if got := contentOf(t, store, "/c/d"); got != "hello world" {
			t.Errorf("committed %q", got)
		}
		_, err = store.Stat(ctx, "/b")
		refused(t, "stat of the writer's path", err, outrigger.ErrPathNotFound)
	})
}

func TestBytesThatAreNotThere(t *testing.T) {
	stores(t, func(t *testing.T, store *Store, _ string) {
		writer, err := store.Write(ctx, "/a", outrigger.WriterOptions{Mode: outrigger.Truncate})
		must(t, err)
		must(t, writer.(outrigger.LocalWriter).Accept(5))
		refused(t, "commit", writer.Commit(ctx), outrigger.ErrUnavailable)
	})
}

func TestWalkInPages(t *testing.T) {
	stores(t, func(t *testing.T, store *Store, _ string) {
		for _, path := range []string{"/w/a-b", "/w/a/x", "/w/a/y", "/w/b"} {
			must(t, store.Put(ctx, path, nil))
		}
		var seen []string
		for after := ""; ; {
			page, err := store.Walk(ctx, "/w", outrigger.WalkOptions{After: after, Limit: 2})
			must(t, err)
			for _, each := range page.Entries {
				seen = append(seen, each.Path)
			}
			if page.Done {
				break
			}
			after = seen[len(seen)-1]
		}
		expected := []string{"/w/a", "/w/a/x", "/w/a/y", "/w/a-b", "/w/b"}
		if len(seen) != len(expected) {
			t.Fatalf("walked %v", seen)
		}
		for i := range expected {
			if seen[i] != expected[i] {
				t.Fatalf("walked %v", seen)
			}
		}
	})
}

func TestRootThatCannotBeMade(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(file, nil, 0o600))
	_, err := Open(Config{RootDirectory: filepath.Join(file, "root")})
	var issues *outrigger.ParametersError
	if !errors.As(err, &issues) || issues.Issues[0].Key != "rootdirectory" {
		t.Errorf("got %v", err)
	}
}

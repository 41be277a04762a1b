package bridge

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	storagedriver "github.com/distribution/distribution/v3/registry/storage/driver"
	"github.com/distribution/distribution/v3/registry/storage/driver/factory"
	"github.com/distribution/distribution/v3/registry/storage/driver/testsuites"

	"github.com/outrigger/outrigger/sdks/go/bridge/internal/host"
)

const repository = "../../.."

// drivers are put as registry-storage-<name> into a directory.
var drivers = map[string]struct {
	file string
	// needs is an interpreter.
	needs string
	// parameters besides those that a driver without parameters has.
	hasRoot bool
}{
	"go-fs":      {hasRoot: true},
	"filesystem": {repository + "/packages/plugin-fs/dist/main.js", "node", true},
	"inmemory":   {repository + "/packages/plugin-memory/dist/main.js", "node", false},
	// Its parameters are in OUTRIGGER_TEST_S3: it needs a server.
	"s3": {repository + "/packages/plugin-s3/dist/main.js", "node", false},
	// On the plane inline, and one request at a time.
	"smallest": {repository + "/docs/drivers/example/smallest_driver.py", "python3", false},
}

// install answers the directory. What is missing is a reason to skip, but never in CI.
func install(t *testing.T, name string) string {
	t.Helper()
	directory := t.TempDir()
	target := filepath.Join(directory, "registry-storage-"+name)
	if name == "go-fs" {
		build := exec.Command("go", "build", "-o", target, "./cmd/registry-storage-go-fs")
		build.Dir = ".."
		if out, err := build.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return directory
	}
	_, err := exec.LookPath(drivers[name].needs)
	file, fileErr := filepath.Abs(drivers[name].file)
	content, readErr := os.ReadFile(file)
	if err = errors.Join(err, fileErr, readErr); err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	if name != "smallest" {
		// A program of Node finds its packages by its real place.
		err = os.Symlink(file, target)
	} else {
		err = os.WriteFile(target, content, 0o700)
	}
	if err != nil {
		t.Fatal(err)
	}
	return directory
}

func parametersOf(t *testing.T, name string) map[string]any {
	t.Helper()
	parameters := map[string]any{"driver": name, "driverdirectory": install(t, name)}
	if drivers[name].hasRoot {
		parameters["rootdirectory"] = t.TempDir()
	}
	if name == "s3" {
		own := os.Getenv("OUTRIGGER_TEST_S3")
		if own == "" {
			t.Skip("there is no server: OUTRIGGER_TEST_S3 has no parameters")
		}
		if err := json.Unmarshal([]byte(own), &parameters); err != nil {
			t.Fatal(err)
		}
	}
	return parameters
}

// The whole of distribution's own suite for its drivers.
func TestDistributionsSuite(t *testing.T) {
	for name := range drivers {
		t.Run(name, func(t *testing.T) {
			parameters := parametersOf(t, name)
			testsuites.Driver(t, func() (storagedriver.StorageDriver, error) {
				driver, err := factory.Create(context.Background(), Name, parameters)
				if err == nil {
					t.Cleanup(driver.(*Driver).Close)
				}
				return driver, err
			}, false)
		})
	}
}

func start(t *testing.T, name string) *Driver {
	t.Helper()
	driver, err := New(context.Background(), parametersOf(t, name))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(driver.Close)
	return driver
}

func TestErrorsOfDistribution(t *testing.T) {
	driver, ctx := start(t, "go-fs"), context.Background()
	_, err := driver.GetContent(ctx, "/absent")
	if expected := (storagedriver.PathNotFoundError{Path: "/absent", DriverName: "go-fs"}); !errors.Is(err, expected) {
		t.Errorf("got %#v", err)
	}
	_, err = driver.Reader(ctx, "/absent", -1)
	var offset storagedriver.InvalidOffsetError
	if !errors.As(err, &offset) || offset.Offset != -1 {
		t.Errorf("got %#v", err)
	}
	if err := driver.PutContent(ctx, "/a", nil); err != nil {
		t.Fatal(err)
	}
	err = driver.PutContent(ctx, "/a/b", nil)
	var invalid storagedriver.InvalidPathError
	if !errors.As(err, &invalid) {
		t.Errorf("got %#v", err)
	}
}

func TestLargeContentOfPutContent(t *testing.T) {
	for _, name := range []string{"go-fs", "smallest"} {
		t.Run(name, func(t *testing.T) {
			driver, ctx := start(t, name), context.Background()
			for _, size := range []int{0, 1, host.SmallContentBytes, host.SmallContentBytes + 1, 1 << 20, host.PutBytes, host.PutBytes + 1} {
				if err := driver.PutContent(ctx, "/a", make([]byte, size)); err != nil {
					t.Fatal(err)
				}
				if got, err := driver.GetContent(ctx, "/a"); err != nil || len(got) != size {
					t.Errorf("%d of %d bytes came: %v", len(got), size, err)
				}
			}
		})
	}
}

func TestWalk(t *testing.T) {
	for _, name := range []string{"go-fs", "smallest"} {
		t.Run(name, func(t *testing.T) {
			driver, ctx := start(t, name), context.Background()
			for _, path := range []string{"/w/a/x", "/w/a-b", "/w/b/y", "/w/c"} {
				if err := driver.PutContent(ctx, path, nil); err != nil {
					t.Fatal(err)
				}
			}
			var seen []string
			err := driver.Walk(ctx, "/w", func(info storagedriver.FileInfo) error {
				seen = append(seen, info.Path())
				switch info.Path() {
				case "/w/b":
					return storagedriver.ErrSkipDir
				case "/w/c":
					return storagedriver.ErrFilledBuffer
				}
				return nil
			})
			if err != nil || !sameSet(seen, []string{"/w/a", "/w/a/x", "/w/a-b", "/w/b", "/w/c"}) {
				t.Errorf("walked %v, %v", seen, err)
			}
		})
	}
}

// sameSet leaves the order aside: distribution's own walk has another one.
func sameSet(got, expected []string) bool {
	seen := map[string]bool{}
	for _, each := range got {
		seen[each] = true
	}
	for _, each := range expected {
		if !seen[each] {
			return false
		}
	}
	return len(got) == len(expected)
}

func TestDriverThatIsNotThere(t *testing.T) {
	for _, parameters := range []map[string]any{
		{}, {"driver": "../evil"}, {"driver": "no-such-driver-anywhere"},
		{"driver": "go-fs", "driverdirectory": install(t, "go-fs"), "rootdirectory": t.TempDir(), "nosuch": 1},
	} {
		if _, err := New(context.Background(), parameters); err == nil {
			t.Errorf("%v was started", parameters)
		}
	}
}

package filesystem

import (
	"errors"
	"os"
	"strings"
	"sync"
	"syscall"

	outrigger "github.com/outrigger/outrigger/sdks/go"
)

// directories makes directories, and keeps in mind which names are not on disk yet.
type directories struct {
	tree    tree
	durable bool
	mu      sync.Mutex
	// unsynced are directories in which a directory was made and not synced yet, with the number of the latest change. Whoever
	// commits below one of them syncs it, also when another call made it.
	unsynced map[string]int
	// settled are directories that were synced once. A process that was killed may have left new ones in the others: whoever
	// finds them there would not make them again, and so not sync them.
	settled map[string]bool
	changes int
}

const (
	maxAttempts = 10
	maxSettled  = 2048
)

func newDirectories(tree tree, durable bool) *directories {
	return &directories{tree: tree, durable: durable, unsynced: map[string]int{}, settled: map[string]bool{}}
}

// withParent runs an attempt; when the directory of the name is absent, it makes that and tries again. A few times: somebody
// may delete the directory meanwhile.
func (d *directories) withParent(name string, attempt func() error) error {
	for range maxAttempts {
		err := attempt()
		if !errors.Is(err, syscall.ENOENT) {
			return err
		}
		if err := d.make(parent(name)); err != nil {
			return err
		}
	}
	return &outrigger.Error{Code: outrigger.ErrUnavailable, Detail: "the directory is deleted again and again"}
}

func (d *directories) make(name string) error {
	if name == "." {
		return nil
	}
	d.changed(parent(name))
	err := d.tree.mkdir(name, directoryMode)
	// Again: somebody may have synced the parent before the directory was in it.
	d.changed(parent(name))
	switch {
	case errors.Is(err, syscall.EEXIST):
		return nil
	case errors.Is(err, syscall.ENOENT):
		if err := d.make(parent(name)); err != nil {
			return err
		}
		if err := d.tree.mkdir(name, directoryMode); err != nil && !errors.Is(err, syscall.EEXIST) {
			return err
		}
		d.changed(parent(name))
		return nil
	}
	return err
}

func (d *directories) changed(name string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.durable {
		d.changes++
		d.unsynced[name] = d.changes
	}
}

// sync makes the names in a directory durable, and those of every directory above it that may not be.
func (d *directories) sync(name string) error {
	if !d.durable {
		return nil
	}
	wanted := []string{name}
	d.mu.Lock()
	for above := name; above != "."; {
		above = parent(above)
		if _, isUnsynced := d.unsynced[above]; isUnsynced || !d.settled[above] {
			wanted = append(wanted, above)
		}
	}
	d.mu.Unlock()
	failures := make([]error, len(wanted))
	var all sync.WaitGroup
	for i, each := range wanted[1:] {
		all.Go(func() { failures[i+1] = d.syncOne(each) })
	}
	failures[0] = d.syncOne(wanted[0])
	all.Wait()
	return errors.Join(failures...)
}

// syncOne has nothing to sync in a directory that is gone.
func (d *directories) syncOne(name string) error {
	d.mu.Lock()
	change := d.unsynced[name]
	d.mu.Unlock()
	directory, err := d.tree.open(name, os.O_RDONLY|syscall.O_DIRECTORY, 0)
	if errors.Is(err, syscall.ENOENT) {
		return nil
	}
	if err != nil {
		return err
	}
	defer directory.Close()
	if err := ignoreUnsyncable(directory.Sync()); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.unsynced[name] == change {
		delete(d.unsynced, name)
	}
	if len(d.settled) >= maxSettled {
		clear(d.settled)
	}
	d.settled[name] = true
	return nil
}

// moved takes note of a directory that was renamed.
func (d *directories) moved(source, destination string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for name := range d.unsynced {
		if rest, ok := below(name, source); ok {
			delete(d.unsynced, name)
			d.changes++
			d.unsynced[destination+rest] = d.changes
		}
	}
	for name := range d.settled {
		if _, ok := below(name, source); ok {
			delete(d.settled, name)
		}
	}
}

// forget takes note of a directory that was deleted.
func (d *directories) forget(directory string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for name := range d.unsynced {
		if _, ok := below(name, directory); ok {
			delete(d.unsynced, name)
		}
	}
	for name := range d.settled {
		if _, ok := below(name, directory); ok {
			delete(d.settled, name)
		}
	}
}

func below(name, directory string) (rest string, ok bool) {
	rest, ok = strings.CutPrefix(name, directory)
	return rest, ok && (rest == "" || rest[0] == '/')
}

package filesystem

import (
	"context"
	"os"
	"path"
	"syscall"
	"time"
)

const (
	firstSweep = 10 * time.Minute
	day        = 24 * time.Hour
)

// sweepRegularly removes, now and then, the temporary files that killed processes have left, of this driver or of
// Distribution: nobody sees them, so nobody else can.
func sweepRegularly(tree tree) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for pause := firstSweep; ; pause = day {
			select {
			case <-ctx.Done():
				return
			case <-time.After(pause):
				sweep(ctx, tree, ".", day)
			}
		}
	}()
	return func() {
		cancel()
		<-done
	}
}

// sweep removes what nobody has written to for so long: younger files may still be in use. Links are not followed. What fails
// may do better the next time.
func sweep(ctx context.Context, tree tree, name string, age time.Duration) (removed int) {
	directory, err := tree.open(name, os.O_RDONLY|syscall.O_DIRECTORY, 0)
	if err != nil {
		return 0
	}
	entries, _ := directory.ReadDir(-1)
	_ = directory.Close()
	for _, each := range entries {
		child := path.Join(name, each.Name())
		switch {
		case ctx.Err() != nil:
			return removed
		case each.IsDir():
			removed += sweep(ctx, tree, child, age)
		case each.Type().IsRegular() && isTemporary(each.Name()) && isOlder(tree, child, age) && tree.unlink(child) == nil:
			removed++
		}
	}
	return removed
}

func isOlder(tree tree, name string, age time.Duration) bool {
	info, err := tree.lstat(name)
	return err == nil && time.Since(info.ModTime()) >= age
}

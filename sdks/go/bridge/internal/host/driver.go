package host

import (
	"context"
	"errors"
	"sync"
	"time"

	outrigger "github.com/outrigger/outrigger/sdks/go"
)

// Driver is a storage driver in a process of its own, which is started again when it ends.
type Driver struct {
	options Options
	mu      sync.Mutex
	session *Session
	failure error
	retryAt time.Time
	pause   time.Duration
	closed  bool
}

const (
	firstPause = 100 * time.Millisecond
	maxPause   = 10 * time.Second
)

// Start starts a driver.
func Start(ctx context.Context, options Options) (*Driver, error) {
	d := &Driver{options: options}
	_, err := d.current(ctx)
	return d, err
}

// Name is that of the driver.
func (d *Driver) Name() string { return d.options.Name }

// Close stops the driver.
func (d *Driver) Close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.session != nil {
		d.session.stop()
	}
	d.closed = true
}

// current answers a session that lives. While a driver does not start, the failure is answered at once, and it is tried again
// after a pause.
func (d *Driver) current(ctx context.Context) (*Session, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.closed {
		return nil, errors.New("the driver is closed")
	}
	if d.session != nil && !d.session.isOver() {
		return d.session, nil
	}
	if d.failure != nil && time.Now().Before(d.retryAt) {
		return nil, d.failure
	}
	session, err := start(context.WithoutCancel(ctx), d.options)
	if err != nil {
		d.pause = min(max(firstPause, 2*d.pause), maxPause)
		d.failure, d.retryAt = err, time.Now().Add(d.pause)
		return nil, err
	}
	d.session, d.failure, d.pause = session, nil, 0
	return session, nil
}

// Capabilities are those of the process that runs.
func (d *Driver) Capabilities(ctx context.Context) (Capabilities, error) {
	session, err := d.current(ctx)
	if err != nil {
		return Capabilities{}, err
	}
	return session.Capabilities, nil
}

// Call makes a request that comes to the same end when it is made twice, and makes it again when the driver was lost.
func (d *Driver) Call(ctx context.Context, method string, params, result any) error {
	_, err := d.repeat(ctx, method, params, result)
	return err
}

func (d *Driver) repeat(ctx context.Context, method string, params, result any) (isRepeated bool, err error) {
	err = d.once(ctx, method, params, result)
	if !errors.Is(err, ErrLost) {
		return false, err
	}
	return true, d.once(ctx, method, params, result)
}

func (d *Driver) once(ctx context.Context, method string, params, result any) error {
	session, err := d.current(ctx)
	if err != nil {
		return err
	}
	return session.call(ctx, method, params, result)
}

// Delete takes a repeated delete that finds nothing as done.
func (d *Driver) Delete(ctx context.Context, path string) error {
	isRepeated, err := d.repeat(ctx, "delete", map[string]any{"path": path}, nil)
	if isRepeated && errors.Is(err, outrigger.ErrPathNotFound) {
		return nil
	}
	return err
}

// Move settles one whose answer was lost: it is made again, and when the source is gone then, the destination is moved to
// itself, which makes it durable and changes nothing.
func (d *Driver) Move(ctx context.Context, source, destination string) error {
	params := map[string]any{"source": source, "destination": destination}
	isRepeated, err := d.repeat(ctx, "move", params, nil)
	if isRepeated && errors.Is(err, outrigger.ErrPathNotFound) &&
		d.Call(ctx, "move", map[string]any{"source": destination, "destination": destination}, nil) == nil {
		return nil
	}
	return err
}

package host

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
	"time"

	outrigger "github.com/outrigger/outrigger/sdks/go"
	"github.com/outrigger/outrigger/sdks/go/internal/frame"
)

// ErrLost says that the driver ended before it answered: nobody knows whether the request was done.
var ErrLost = errors.New("the driver was lost")

// Error is what a driver answered.
type Error struct {
	Number  int
	Message string
	// Code is empty in errors that are not a driver's.
	Code   outrigger.Code
	Offset int64
}

func (e *Error) Error() string { return e.Message }

// Unwrap answers the code: errors.Is(err, outrigger.ErrPathNotFound).
func (e *Error) Unwrap() error { return e.Code }

// Capabilities are those that this host makes use of.
type Capabilities struct {
	Walk            bool `json:"walk"`
	RedirectURL     bool `json:"redirectURL"`
	IsolatedWriters bool `json:"isolatedWriters"`
}

// Session is one process of a driver.
type Session struct {
	Name         string
	Capabilities Capabilities
	hasSocket    bool

	in       io.WriteCloser
	out      *frame.Writer
	listener *listener
	kill     func()
	// ended is closed once failure is set.
	ended   chan struct{}
	failure error

	mu       sync.Mutex
	lastID   int64
	pending  map[int64]chan answer
	lastSign time.Time
	slots    chan struct{}
}

type answer struct {
	Result json.RawMessage `json:"result"`
	Error  *struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
		Data    struct {
			Code   outrigger.Code `json:"code"`
			Offset float64        `json:"offset"`
		} `json:"data"`
	} `json:"error"`
}

func newSession(in io.WriteCloser, listener *listener, name string) *Session {
	return &Session{
		Name: name, in: in, out: frame.NewWriter(in), listener: listener, ended: make(chan struct{}),
		pending: map[int64]chan answer{}, lastSign: time.Now(),
	}
}

// The limits of version 1 of the protocol.
const (
	// SmallContentBytes is what put takes by itself.
	SmallContentBytes = 32_768
	// PutBytes is what a writer of mode put takes.
	PutBytes = 8 << 20

	inlineChunkBytes = 262_144
	preambleBytes    = 4096
)

var limits = map[string]int{
	"headerBytes": frame.Version1.HeaderBytes, "messageBytes": frame.Version1.MessageBytes, "nesting": frame.Version1.Nesting,
	"inlineChunkBytes": inlineChunkBytes, "smallContentBytes": SmallContentBytes, "putBytes": PutBytes, "pageEntries": 1000,
	"streams": 256, "preambleBytes": preambleBytes,
}

func (s *Session) initialize(ctx context.Context, parameters map[string]any) error {
	var result struct {
		ProtocolVersion int          `json:"protocolVersion"`
		Capabilities    Capabilities `json:"capabilities"`
		DataPlanes      []string     `json:"dataPlanes"`
		Concurrency     int          `json:"concurrency"`
	}
	err := s.call(ctx, "initialize", map[string]any{
		"protocolVersions": []int{1}, "host": map[string]string{"name": "distribution", "version": "3"}, "hostPid": os.Getpid(),
		"parameters": parameters, "dataPlanes": []string{"socket", "inline"}, "socketPath": s.listener.path, "limits": limits,
	}, &result)
	if err != nil {
		return err
	}
	if result.ProtocolVersion != 1 {
		return fmt.Errorf("it chose version %d of the protocol, which was not offered", result.ProtocolVersion)
	}
	s.Capabilities = result.Capabilities
	planes := []string{"inline"}
	if slices.Contains(result.DataPlanes, "socket") {
		s.hasSocket, planes = true, []string{"socket", "inline"}
	}
	if result.Concurrency > 0 {
		s.slots = make(chan struct{}, result.Concurrency)
	}
	s.notify("initialized", map[string]any{"dataPlanes": planes})
	return nil
}

// listen takes what the driver sends, until its end, and answers what that is.
func (s *Session) listen(out io.Reader) error {
	decoder := frame.NewReader(out, frame.Version1)
	for {
		message, err := decoder.Next()
		if err != nil {
			return err
		}
		s.mu.Lock()
		s.lastSign = time.Now()
		s.mu.Unlock()
		if message.Method == "" && !s.answered(message) {
			return errors.New("it answered a request that is not open")
		}
	}
}

func (s *Session) answered(message *frame.Message) bool {
	id, ok := frame.Integer(message.ID)
	s.mu.Lock()
	wait := s.pending[id]
	delete(s.pending, id)
	s.mu.Unlock()
	var found answer
	if !ok || wait == nil || json.Unmarshal(message.Body, &found) != nil {
		return false
	}
	wait <- found
	return true
}

// fail rejects what is pending. It is called once.
func (s *Session) fail(cause error) {
	s.failure = fmt.Errorf("%w: %w", ErrLost, cause)
	close(s.ended)
	s.listener.close()
}

func (s *Session) isOver() bool {
	select {
	case <-s.ended:
		return true
	default:
		return false
	}
}

func (s *Session) notify(method string, params any) {
	if body, err := frame.Encode(map[string]any{"jsonrpc": "2.0", "method": method, "params": params}); err == nil {
		s.out.Send(body)
	}
}

// call makes a request, within the concurrency that the driver wants.
func (s *Session) call(ctx context.Context, method string, params, result any) error {
	if s.slots != nil && method != "shutdown" && method != "ping" {
		select {
		case s.slots <- struct{}{}:
			defer func() { <-s.slots }()
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	id, wait, err := s.ask(method, params)
	if err != nil {
		return err
	}
	select {
	case found := <-wait:
		return found.take(result)
	case <-ctx.Done():
		// It is answered all the same, and nobody listens.
		s.notify("$/cancelRequest", map[string]any{"id": id})
		return ctx.Err()
	case <-s.ended:
		return s.failure
	}
}

func (s *Session) ask(method string, params any) (int64, <-chan answer, error) {
	wait := make(chan answer, 1)
	s.mu.Lock()
	s.lastID++
	id := s.lastID
	s.pending[id] = wait
	s.mu.Unlock()
	body, err := frame.Encode(map[string]any{"jsonrpc": "2.0", "id": id, "method": method, "params": params})
	if err != nil {
		return 0, nil, err
	}
	s.out.Send(body)
	return id, wait, nil
}

func (a answer) take(result any) error {
	if a.Error != nil {
		data := a.Error.Data
		return &Error{a.Error.Code, a.Error.Message, data.Code, int64(data.Offset)}
	}
	if result == nil {
		return nil
	}
	return json.Unmarshal(a.Result, result)
}

const (
	watchEvery  = 5 * time.Second
	silentLimit = 60 * time.Second
)

// watch pings a driver that is silent, and kills one that does not answer: it hangs, and so does everything that waits for it.
func (s *Session) watch() {
	ticker := time.NewTicker(watchEvery)
	defer ticker.Stop()
	for {
		select {
		case <-s.ended:
			return
		case <-ticker.C:
		}
		s.mu.Lock()
		silent := time.Since(s.lastSign)
		s.mu.Unlock()
		if silent > silentLimit {
			s.kill()
		} else if silent > watchEvery {
			_, _, _ = s.ask("ping", struct{}{})
		}
	}
}

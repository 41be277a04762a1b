package outrigger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"runtime/debug"
	"sync"
	"time"

	"github.com/outrigger/outrigger/sdks/go/internal/frame"
)

// progressEvery is how often a request that is still worked on says so. The first time is at the latest after twice as long,
// which a host waits for for 5 seconds.
const progressEvery = 2 * time.Second

type state int

const (
	stateNew state = iota
	stateInitializing
	stateReady
	stateShutdown
)

// session is one host on one pair of streams.
type session struct {
	driver    Driver
	arguments Parameters
	secrets   *secrets
	out       *frame.Writer
	// stop ends what may be taken back.
	ctx  context.Context
	stop context.CancelFunc

	mu     sync.Mutex
	state  state
	active map[string]*activeRequest
	served *served
	probe  *probeFile

	released sync.Once
}

// served is what the operations work on once the handshake is over.
type served struct {
	driver       StorageDriver
	capabilities Capabilities
	limits       limits
	socketPath   string
	writers      *writerTable
}

type activeRequest struct {
	id     json.RawMessage
	since  time.Time
	cancel context.CancelFunc
	// isKept says that the request is worked on to its end, whatever comes.
	isKept bool
	done   chan struct{}
}

func newSession(driver Driver, arguments Parameters, out io.Writer, hidden *secrets) *session {
	ctx, stop := context.WithCancel(context.Background())
	return &session{
		driver: driver, arguments: arguments, secrets: hidden, out: frame.NewWriter(out),
		ctx: ctx, stop: stop, active: map[string]*activeRequest{},
	}
}

// listen works on what the host sends, until the end of it, and answers the exit status.
func (s *session) listen(in io.Reader, log io.Writer) int {
	reader := frame.NewReader(in, frame.Version1)
	ticker := time.AfterFunc(progressEvery, s.reportProgress)
	defer ticker.Stop()
	for {
		message, err := reader.Next()
		var violation *frame.Violation
		switch {
		case errors.As(err, &violation):
			_, _ = fmt.Fprintf(log, "the host broke the protocol: %s\n", violation)
			return 1
		case err != nil:
			return 0 // the end, or a stream that cannot be read: the host is gone
		case message.Method == "exit" && message.ID == nil:
			return s.exitStatus()
		case message.Method == "":
			slog.Warn("the host answered, and was not asked")
		case message.ID == nil:
			s.notified(message)
		default:
			s.requested(message)
		}
	}
}

func (s *session) exitStatus() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.state == stateShutdown {
		return 0
	}
	return 1
}

func (s *session) notified(message *frame.Message) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch message.Method {
	case "initialized":
		s.probe.remove()
	case "$/cancelRequest":
		if p, err := readParams(message.Params); err == nil {
			if request := s.active[frame.IDKey(p.fields["id"])]; request != nil && !request.isKept {
				request.cancel()
			}
		}
	}
}

// work is a request that was checked.
type work struct {
	run func(ctx context.Context) (any, error)
	// isKept says that it is worked on to its end, whatever comes.
	isKept      bool
	traceparent string
}

// requested starts to work on a request. Calls of one writer get their turns here, in the order in which they came.
func (s *session) requested(message *frame.Message) {
	work, err := s.prepare(message)
	if err != nil || work.run == nil {
		s.answer(message, struct{}{}, err)
		return
	}
	parent := s.ctx
	if work.isKept {
		parent = context.Background()
	}
	ctx, cancel := context.WithCancel(parent)
	request := &activeRequest{message.ID, time.Now(), cancel, work.isKept, make(chan struct{})}
	s.mu.Lock()
	s.active[message.Key] = request
	s.mu.Unlock()
	go func() {
		defer close(request.done)
		result, err := s.perform(withTraceparent(ctx, work.traceparent), message.Method, work)
		cancel()
		s.mu.Lock()
		if s.active[message.Key] == request {
			delete(s.active, message.Key)
		}
		s.mu.Unlock()
		s.answer(message, result, err)
	}()
}

// prepare checks a request. What has nothing to run is answered with an empty result at once.
func (s *session) prepare(message *frame.Message) (work, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	operation, isOperation := operations[message.Method]
	switch {
	case message.Method == "initialize":
		return s.prepareInitialize(message)
	case !isOperation && message.Method != "ping" && message.Method != "shutdown":
		return work{}, &rpcError{Code: codeMethodNotFound, Message: fmt.Sprintf("no method %.200q", message.Method)}
	case s.state != stateReady:
		return work{}, &rpcError{Code: codeNotInitialized, Message: message.Method + " outside of a session: it starts with initialize"}
	case message.Method == "shutdown":
		s.state = stateShutdown
		// Not kept: it would wait for itself.
		return work{run: s.shutdown}, nil
	case message.Method == "ping":
		return work{}, nil
	}
	p, err := readParams(message.Params)
	if err != nil {
		return work{}, err
	}
	traceparent, _ := frame.Text(p.fields["traceparent"])
	run := operation.prepare(s.served, p)
	return work{run, operation.isKept, traceparent}, p.err()
}

// perform runs a call. One that panics is answered as INTERNAL, and the others go on.
func (s *session) perform(ctx context.Context, method string, work work) (result any, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			slog.ErrorContext(ctx, "a call of the driver panicked", "method", method, "panic", fmt.Sprint(cause), "stack", string(debug.Stack()))
			result, err = nil, &Error{Code: ErrInternal, Detail: method + " failed unexpectedly: see the log"}
		}
	}()
	if s.driver.Around == nil || Traceparent(ctx) == "" {
		return work.run(ctx)
	}
	err = s.driver.Around(ctx, method, func(ctx context.Context) (err error) {
		result, err = work.run(ctx)
		return err
	})
	return result, err
}

func (s *session) answer(message *frame.Message, result any, err error) {
	var body []byte
	if err == nil {
		var encodeErr error
		body, encodeErr = frame.Encode(answer{"2.0", message.ID, result})
		if encodeErr != nil || len(body) > s.messageBytes() {
			err = &Error{Code: ErrInternal, Detail: message.Method + ": the answer is too large for a message"}
		}
	}
	if err != nil {
		body, _ = frame.Encode(failure{"2.0", message.ID, toRPCError(err, s.secrets)})
	}
	s.out.Send(body)
}

func (s *session) messageBytes() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.served == nil {
		return frame.Version1.MessageBytes
	}
	return s.served.limits.messageBytes
}

func (s *session) reportProgress() {
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, request := range s.active {
		if now.Sub(request.since) >= progressEvery {
			body, _ := frame.Encode(notification{"2.0", "$/progress", progress{request.id}})
			go s.out.Send(body)
		}
	}
	if s.ctx.Err() == nil {
		time.AfterFunc(progressEvery, s.reportProgress)
	}
}

package host

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Options say which driver is started, and how.
type Options struct {
	Executable string
	// Name stands in messages and in the log.
	Name       string
	Parameters map[string]any
	Log        *slog.Logger
}

const (
	// startTimeout is for the handshake.
	startTimeout = 10 * time.Second
	// drainTimeout is for a driver that says no more, and ends.
	drainTimeout = 250 * time.Millisecond
)

// start starts a driver and shakes hands.
func start(ctx context.Context, options Options) (*Session, error) {
	described := describe(ctx, options.Executable)
	command := exec.Command(options.Executable, described.argument(options.Parameters))
	command.Env = environment(described)
	command.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	stdin, err := command.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	log := &stderrLog{name: options.Name, log: options.Log}
	command.Stderr = log
	// A grandchild may hold stderr open for longer than the driver lives.
	command.WaitDelay = time.Second
	listener, err := listen()
	if err != nil {
		return nil, err
	}
	if err := command.Start(); err != nil {
		listener.close()
		return nil, fmt.Errorf("the driver %s cannot be started: %w", options.Name, err)
	}
	session := newSession(stdin, listener, options.Name)
	session.kill = func() { _ = syscall.Kill(-command.Process.Pid, syscall.SIGKILL) }
	go func() {
		cause := session.listen(stdout)
		// One that broke the protocol does not end by itself.
		timer := time.AfterFunc(drainTimeout, session.kill)
		status := command.Wait()
		timer.Stop()
		session.fail(fmt.Errorf("the driver %s ended: %w, %w%s", options.Name, cause, orExited(status), log.tail()))
	}()
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	if err := session.initialize(ctx, options.Parameters); err != nil {
		session.kill()
		<-session.ended
		return nil, fmt.Errorf("the driver %s does not start: %w%s", options.Name, err, log.tail())
	}
	go session.watch()
	return session, nil
}

func orExited(err error) error {
	if err == nil {
		return errors.New("exit status 0")
	}
	return err
}

// stderrLog passes on what a driver writes to stderr, line by line, and keeps the last ones.
type stderrLog struct {
	name  string
	log   *slog.Logger
	mu    sync.Mutex
	begun []byte
	lines []string
}

const (
	maxLine   = 8 * 1024
	tailLines = 10
)

// Write never fails: a driver does not wait for its log.
func (l *stderrLog) Write(text []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	scanner := bufio.NewScanner(strings.NewReader(string(l.begun) + string(text)))
	scanner.Buffer(nil, len(l.begun)+len(text)+1)
	var lines []string
	for scanner.Scan() {
		lines = append(lines, scanner.Text())
	}
	l.begun = nil
	if last := len(lines) - 1; last >= 0 && text[len(text)-1] != '\n' && len(lines[last]) < maxLine {
		l.begun, lines = []byte(lines[last]), lines[:last]
	}
	for _, line := range lines {
		if len(line) > maxLine {
			line = line[:maxLine] + " [cut]"
		}
		l.line(line)
	}
	return len(text), nil
}

func (l *stderrLog) line(line string) {
	level, line := readLine(line)
	l.lines = append(l.lines, line)
	l.lines = l.lines[max(0, len(l.lines)-tailLines):]
	l.log.Log(context.Background(), level, line, "driver", l.name)
}

func (l *stderrLog) tail() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.lines) == 0 {
		return ""
	}
	return "; it said: " + strings.Join(l.lines, " | ")
}

// stop ends a driver in order, and by force when it does not.
func (s *Session) stop() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	_ = s.call(ctx, "shutdown", struct{}{}, nil)
	s.notify("exit", struct{}{})
	_ = s.in.Close()
	select {
	case <-s.ended:
	case <-time.After(2 * time.Second):
		s.kill()
		<-s.ended
	}
}

package transcript

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/textproto"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

// Play plays the host's part of a transcript against a driver that the command starts, with an empty store. It answers the
// first difference.
func Play(transcript Transcript, command *exec.Cmd, parameters map[string]any) error {
	stdin, err := command.StdinPipe()
	if err != nil {
		return err
	}
	stdout, err := command.StdoutPipe()
	if err != nil {
		return err
	}
	var log bytes.Buffer
	command.Stderr = &log
	if err := command.Start(); err != nil {
		return err
	}
	player := &player{
		stdin: stdin, stdout: bufio.NewReader(stdout), command: command,
		memory: memory{map[string]any{}, map[string]any{"parameters": parameters, "hostPid": os.Getpid()}},
	}
	err = player.play(transcript.Steps)
	_ = command.Process.Kill()
	_ = player.wait()
	if err != nil {
		return fmt.Errorf("%w\nstderr: %s", err, log.String())
	}
	return nil
}

type player struct {
	stdin   io.WriteCloser
	stdout  *bufio.Reader
	command *exec.Cmd
	memory  memory
	ended   bool
	status  error
}

func (p *player) play(steps []Step) error {
	for i, step := range steps {
		act := p.driverDoes
		if step.From == "host" {
			act = p.hostDoes
		}
		if err := act(step); err != nil {
			return fmt.Errorf("step %d: %w", i+1, err)
		}
	}
	if p.ended {
		return nil
	}
	_ = p.stdin.Close()
	return p.expectNothingMore()
}

func (p *player) hostDoes(step Step) error {
	switch {
	case step.Closes:
		return p.stdin.Close()
	case step.Writes != nil:
		return writeAt(fmt.Sprint(p.memory.valueOf(step.Into)), *step.Writes, step.At)
	case step.Bytes != nil:
		_, err := io.WriteString(p.stdin, *step.Bytes)
		return err
	}
	body, err := json.Marshal(p.memory.valueOf(step.Message))
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.stdin, "Content-Length: %d\r\n\r\n%s", len(body), body)
	return err
}

func writeAt(path, text string, at int64) error {
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = file.WriteAt([]byte(text), at)
	return errors.Join(err, file.Close())
}

func (p *player) driverDoes(step Step) error {
	if step.Exits != nil {
		if err := p.expectNothingMore(); err != nil {
			return err
		}
		_ = p.wait()
		if status := p.command.ProcessState.ExitCode(); status != *step.Exits {
			return fmt.Errorf("expected exit status %d, got %d", *step.Exits, status)
		}
		return nil
	}
	expected := step.AnyOrder
	if step.Message != nil {
		expected = []any{step.Message}
	}
	for range len(expected) {
		actual, err := p.next()
		if err != nil {
			return err
		}
		if expected, err = p.match(expected, actual); err != nil {
			return err
		}
	}
	return nil
}

// match answers what is still expected.
func (p *player) match(expected []any, actual any) ([]any, error) {
	var all []string
	for i, pattern := range expected {
		found := p.memory.differences(pattern, actual, "message")
		if len(found) == 0 {
			return append(append([]any{}, expected[:i]...), expected[i+1:]...), nil
		}
		all = append(all, found...)
	}
	return nil, errors.New(strings.Join(all, "\n"))
}

// next is the next message of the driver, which may say at any time that it still works.
func (p *player) next() (any, error) {
	for {
		header, err := textproto.NewReader(p.stdout).ReadMIMEHeader()
		if err != nil {
			return nil, err
		}
		length, err := strconv.Atoi(header.Get("Content-Length"))
		if err != nil {
			return nil, err
		}
		body := make([]byte, length)
		if _, err := io.ReadFull(p.stdout, body); err != nil {
			return nil, err
		}
		var message map[string]any
		if err := json.Unmarshal(body, &message); err != nil {
			return nil, err
		}
		if message["method"] != "$/progress" {
			return message, nil
		}
	}
}

// expectNothingMore reads up to the end of what the driver sends.
func (p *player) expectNothingMore() error {
	message, err := p.next()
	if err == nil {
		return fmt.Errorf("the driver sent more: %s", show(message))
	}
	if !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

func (p *player) wait() error {
	if !p.ended {
		p.ended, p.status = true, p.command.Wait()
	}
	return p.status
}

package outrigger

import (
	"context"
	"encoding/base64"
	"fmt"
	"math"
	"os"

	"github.com/outrigger/outrigger/sdks/go/internal/frame"
)

type writerOpened struct {
	Writer string     `json:"writer"`
	Size   int64      `json:"size"`
	File   *localFile `json:"file,omitempty"`
}

func openWriter(s *served, p *params) func(context.Context) (any, error) {
	path, mode := p.text("path"), p.oneOf("mode", "truncate", "append", "isolated", "put")
	size := p.optionalInteger("expectedSize", 0, frame.MaxExact, -1)
	return at(path, CheckPath, func(ctx context.Context) (any, error) {
		writer, err := newWriter(ctx, s, path, mode, size)
		if err != nil {
			return nil, err
		}
		opened := s.writers.add(writer, path, mode)
		if opened == nil {
			// Nobody will learn its id.
			_ = writer.Close()
			return nil, &Error{Code: ErrCancelled, Detail: "cancelled: " + path, Path: path}
		}
		result := writerOpened{Writer: opened.id, Size: writer.Size()}
		if local, ok := writer.(LocalWriter); ok {
			file := toLocalFile(local.LocalFile())
			result.File = &file
		}
		return result, nil
	})
}

func newWriter(ctx context.Context, s *served, path, mode string, expectedSize int64) (Writer, error) {
	switch mode {
	case "put":
		return &putWriter{driver: s.driver, path: path, limit: s.limits.putBytes}, nil
	case "isolated":
		opener, ok := s.driver.(IsolatedWriterOpener)
		if !ok {
			return nil, Unsupported("isolated writers", path)
		}
		return opener.WriteIsolated(ctx, path, WriterOptions{ExpectedSize: expectedSize})
	default:
		return s.driver.Write(ctx, path, WriterOptions{WriterMode(mode), expectedSize})
	}
}

func write(s *served, p *params) func(context.Context) (any, error) {
	id, offset := p.text("writer"), p.integer("offset", 0, frame.MaxExact)
	token, written := p.optionalText("token", 128), p.optionalInteger("written", 0, frame.MaxExact, 0)
	ways := 0
	for _, way := range []string{"data", "token", "written"} {
		if p.has(way) {
			ways++
		}
	}
	data := p.optionalText("data", math.MaxInt)
	if p.err() != nil {
		return nil
	}
	return s.writers.turn(id, func(ctx context.Context, writer *openedWriter) (any, error) {
		if offset != writer.Size() {
			return nil, NotAtSize(writer.path, offset, writer.Size())
		}
		var err error
		switch {
		case ways != 1:
			err = Unsupported("a write with other than one of data, token and written", writer.path)
		case p.has("written"):
			err = accept(writer, written)
		case p.has("data"):
			err = writeInline(s, writer, data)
		default:
			err = receive(ctx, s, writer, token)
		}
		return sizeResult{writer.Size()}, err
	})
}

func writeInline(s *served, writer *openedWriter, text string) error {
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return &rpcError{Code: codeInvalidParams, Message: "data: expected base64 with padding"}
	}
	if len(data) > s.limits.inlineChunkBytes {
		return Unsupported(fmt.Sprintf("more than %d bytes in a message", s.limits.inlineChunkBytes), writer.path)
	}
	_, err = writer.Write(data)
	return err
}

// receive takes what comes over a connection until the host's half-close. When it breaks, what came is kept.
func receive(ctx context.Context, s *served, writer *openedWriter, token string) error {
	if s.socketPath == "" {
		return Unsupported("plane socket", writer.path)
	}
	stream, err := dial(ctx, s.socketPath, preamble{Token: token})
	if err != nil {
		return err
	}
	defer stream.Close()
	defer context.AfterFunc(s.writers.streams, func() { _ = stream.Close() })()
	target := &trackedWriter{Writer: writer}
	_, _ = copyBuffered(target, stream)
	return target.err
}

// trackedWriter tells an error of the driver from one of the connection.
type trackedWriter struct {
	Writer
	err error
}

func (w *trackedWriter) Write(piece []byte) (int, error) {
	count, err := w.Writer.Write(piece)
	w.err = err
	return count, err
}

func accept(writer *openedWriter, count int64) error {
	local, ok := writer.Writer.(LocalWriter)
	if !ok {
		return Unsupported("plane file", writer.path)
	}
	return local.Accept(count)
}

// acceptRest takes what the host wrote into the file and did not come to tell, in order and without a gap. To cut it off would
// leave a hole where a host that is still at work writes on.
func acceptRest(writer *openedWriter) {
	local, ok := writer.Writer.(LocalWriter)
	if !ok {
		return
	}
	file := local.LocalFile()
	info, err := os.Lstat(file.Path)
	if err != nil {
		return
	}
	if dev, ino := inodeOf(info); dev == file.Dev && ino == file.Ino && info.Size() > writer.Size() {
		_ = local.Accept(info.Size() - writer.Size())
	}
}

func commit(s *served, p *params) func(context.Context) (any, error) {
	id, size := p.text("writer"), p.integer("size", 0, frame.MaxExact)
	written := p.optionalInteger("written", 0, frame.MaxExact, 0)
	to := p.optionalText("to", math.MaxInt)
	if p.err() != nil {
		return nil
	}
	return s.writers.turn(id, func(ctx context.Context, writer *openedWriter) (any, error) {
		if size != writer.Size()+written {
			return nil, NotAtSize(writer.path, size, writer.Size())
		}
		// Of a commit that fails after this they stay told.
		if p.has("written") {
			if err := accept(writer, written); err != nil {
				return nil, err
			}
		}
		run := writer.Commit
		if p.has("to") {
			var err error
			if run, err = commitTo(s, writer, to); err != nil {
				return nil, err
			}
		}
		if err := run(ctx); err != nil {
			return nil, err
		}
		s.writers.end(writer)
		return sizeResult{size}, nil
	})
}

func commitTo(s *served, writer *openedWriter, to string) (func(context.Context) error, error) {
	target, ok := writer.Writer.(WriterTo)
	if !ok || !s.capabilities.CommitTo || writer.mode == "isolated" || writer.mode == "put" {
		return nil, Unsupported("a commit to another path", writer.path)
	}
	if err := CheckPath(to); err != nil {
		return nil, err
	}
	return func(ctx context.Context) error { return target.CommitTo(ctx, to) }, nil
}

func closeWriter(s *served, p *params) func(context.Context) (any, error) {
	return endWriter(s, p, func(_ context.Context, writer Writer) (any, error) {
		err := writer.Close()
		return sizeResult{writer.Size()}, err
	})
}

func cancelWriter(s *served, p *params) func(context.Context) (any, error) {
	return endWriter(s, p, func(ctx context.Context, writer Writer) (any, error) {
		return struct{}{}, writer.Cancel(ctx)
	})
}

func endWriter(s *served, p *params, run func(context.Context, Writer) (any, error)) func(context.Context) (any, error) {
	id := p.text("writer")
	if p.err() != nil {
		return nil
	}
	return s.writers.turn(id, func(ctx context.Context, writer *openedWriter) (any, error) {
		result, err := run(ctx, writer.Writer)
		if err == nil {
			s.writers.end(writer)
		}
		return result, err
	})
}

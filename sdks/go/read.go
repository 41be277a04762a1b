package outrigger

import (
	"context"
	"errors"
	"io"
	"math"

	"github.com/outrigger/outrigger/sdks/go/internal/frame"
)

type inlineContent struct {
	Data []byte `json:"data"`
	opened
}

type sentContent struct {
	Bytes int64 `json:"bytes"`
	opened
}

type fileContent struct {
	localFile
	opened
}

type smallContent struct {
	Content *[]byte `json:"content,omitempty"`
	opened
}

// get answers the whole of a small object, and what is known of a larger one.
func get(s *served, p *params) func(context.Context) (any, error) {
	path := p.text("path")
	return at(path, CheckPath, func(ctx context.Context) (any, error) {
		content, err := s.driver.Read(ctx, path, ReadOptions{Length: ToTheEnd})
		if err != nil {
			return nil, err
		}
		defer content.Body.Close()
		if content.Size > int64(s.limits.smallContentBytes) {
			return smallContent{nil, openedOf(content)}, nil
		}
		data, err := readAll(content, content.Size, path)
		return smallContent{&data, openedOf(content)}, err
	})
}

type readRequest struct {
	path, plane, token string
	ReadOptions
}

func read(s *served, p *params) func(context.Context) (any, error) {
	request := readRequest{path: p.text("path"), plane: p.oneOf("plane", "inline", "socket", "file"), token: p.optionalText("token", 128)}
	request.Length = p.optionalInteger("length", 0, frame.MaxExact, ToTheEnd)
	request.IfMatch = p.optionalText("ifMatch", 256)
	offset, isNumber := frame.Number(p.fields["offset"])
	if !isNumber {
		p.refuse("offset", "a number")
	}
	return at(request.path, CheckPath, func(ctx context.Context) (any, error) {
		if offset < 0 || offset > frame.MaxExact || offset != math.Trunc(offset) {
			return nil, BadOffset(request.path, int64(max(-frame.MaxExact, min(offset, frame.MaxExact))))
		}
		request.Offset = int64(offset)
		return readContent(ctx, s, request)
	})
}

func readContent(ctx context.Context, s *served, request readRequest) (any, error) {
	if request.plane == "file" {
		return nameFile(ctx, s, request)
	}
	if request.plane == "inline" && (request.Length == ToTheEnd || request.Length > int64(s.limits.inlineChunkBytes)) {
		request.Length = int64(s.limits.inlineChunkBytes)
	}
	// Closing the data connection cancels a read, as a cancelled request does.
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	content, err := s.driver.Read(ctx, request.path, request.ReadOptions)
	if err != nil {
		return nil, err
	}
	defer content.Body.Close()
	length := max(0, content.Size-request.Offset)
	if request.Length != ToTheEnd {
		length = min(length, request.Length)
	}
	if request.plane == "inline" || length <= int64(s.limits.smallContentBytes) {
		data, err := readAll(content, length, request.path)
		return inlineContent{data, openedOf(content)}, err
	}
	if s.socketPath == "" || request.token == "" {
		return nil, Unsupported("a read on the socket plane without a token or a socket", request.path)
	}
	stream, err := dial(ctx, s.socketPath, preamble{request.token, &content.Size, openedOf(content).ModTime, content.Version})
	if err != nil {
		return nil, err
	}
	defer stream.Close()
	sent, err := send(stream, content.Body, length, cancel)
	switch {
	case err == nil && sent == length:
		return sentContent{sent, openedOf(content)}, nil
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err == nil:
		err = endedEarly(request.path)
	}
	return nil, err
}

func nameFile(ctx context.Context, s *served, request readRequest) (any, error) {
	files, ok := s.driver.(LocalFiler)
	if !ok {
		return nil, Unsupported("plane file", request.path)
	}
	content, err := files.LocalFile(ctx, request.path)
	if err != nil {
		return nil, err
	}
	if request.IfMatch != "" && request.IfMatch != content.Version {
		return nil, Changed(request.path)
	}
	return fileContent{toLocalFile(content.LocalFile), opened{content.Size, content.ModTime.UnixMilli(), content.Version}}, nil
}

// readAll reads so many bytes, which content of that size has.
func readAll(content *Content, length int64, path string) ([]byte, error) {
	data := make([]byte, length)
	_, err := io.ReadFull(content.Body, data)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = endedEarly(path)
	}
	return data, err
}

func endedEarly(path string) error {
	return &Error{Code: ErrUnavailable, Detail: "content ended early: " + path, Path: path}
}

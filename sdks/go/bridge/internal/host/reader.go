package host

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
)

// maxResumes is how often a read goes on in another process.
const maxResumes = 3

// Content is an object that is read, from an offset to its end.
type Content struct {
	driver  *Driver
	ctx     context.Context
	path    string
	version string
	at      int64
	body    io.ReadCloser
	resumes int
}

// opened is what a read answers, on whatever plane.
type opened struct {
	Data    *[]byte `json:"data"`
	Bytes   int64   `json:"bytes"`
	Size    int64   `json:"size"`
	Version string  `json:"version"`
}

// Open opens an object. Its content is read on the plane socket where the driver has it.
func (d *Driver) Open(ctx context.Context, path string, offset int64) (*Content, error) {
	content := &Content{driver: d, ctx: ctx, path: path, at: offset}
	err := content.open()
	if errors.Is(err, ErrLost) {
		err = content.open()
	}
	return content, err
}

func (c *Content) open() error {
	session, err := c.driver.current(c.ctx)
	if err != nil {
		return err
	}
	params := map[string]any{"path": c.path, "offset": c.at}
	if c.version != "" {
		params["ifMatch"] = c.version
	}
	read := session.readInline
	if session.hasSocket {
		read = session.readSocket
	}
	body, found, err := read(c.ctx, params)
	if err != nil {
		return err
	}
	c.body, c.version = body, found.Version
	return nil
}

// Read goes on in another process, from the byte reached, when the driver was lost and the object has a version.
func (c *Content) Read(into []byte) (int, error) {
	for {
		count, err := c.body.Read(into)
		c.at += int64(count)
		if count > 0 || !errors.Is(err, ErrLost) {
			if errors.Is(err, ErrLost) {
				err = nil // told by the next read
			}
			return count, err
		}
		if c.version == "" || c.resumes == maxResumes || c.ctx.Err() != nil {
			return 0, err
		}
		c.resumes++
		_ = c.body.Close()
		if err := c.open(); err != nil {
			return 0, err
		}
	}
}

// Close gives the content back.
func (c *Content) Close() error { return c.body.Close() }

// readSocket answers a body as soon as the object is known to be open: by the connection, or by an answer with the data.
func (s *Session) readSocket(ctx context.Context, params map[string]any) (io.ReadCloser, opened, error) {
	token, dialled := s.listener.expect()
	defer s.listener.forget(token, dialled)
	params["plane"], params["token"] = "socket", token
	id, wait, err := s.ask("read", params)
	if err != nil {
		return nil, opened{}, err
	}
	var found opened
	select {
	case conn := <-dialled:
		found.Size, found.Version = conn.size, conn.version
		stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
		return &socketBody{connection: conn, session: s, wait: wait, ctx: ctx, stop: stop}, found, nil
	case answered := <-wait:
		if err := answered.take(&found); err != nil {
			return nil, found, err
		}
		if found.Data == nil {
			return s.lateConnection(ctx, dialled, answered, found)
		}
		return io.NopCloser(bytes.NewReader(*found.Data)), found, nil
	case <-ctx.Done():
		s.notify("$/cancelRequest", map[string]any{"id": id})
		return nil, found, ctx.Err()
	case <-s.ended:
		return nil, found, s.failure
	}
}

// lateConnection waits for a connection whose request was answered already.
func (s *Session) lateConnection(ctx context.Context, dialled <-chan *connection, answered answer, found opened) (io.ReadCloser, opened, error) {
	ctx, cancel := context.WithTimeout(ctx, preambleTimeout)
	defer cancel()
	select {
	case conn := <-dialled:
		wait := make(chan answer, 1)
		wait <- answered
		return &socketBody{connection: conn, session: s, wait: wait, ctx: context.WithoutCancel(ctx), stop: func() bool { return true }}, found, nil
	case <-ctx.Done():
		return nil, found, fmt.Errorf("the driver %s answered a read, and does not dial", s.Name)
	case <-s.ended:
		return nil, found, s.failure
	}
}

// socketBody is complete when the stream has ended and the request was answered, and the counts are equal.
type socketBody struct {
	*connection
	session *Session
	wait    <-chan answer
	ctx     context.Context
	stop    func() bool
	count   int64
	end     error
}

func (b *socketBody) Read(into []byte) (int, error) {
	if b.end != nil {
		return 0, b.end
	}
	count, err := b.in.Read(into)
	b.count += int64(count)
	if err == nil || count > 0 {
		return count, nil
	}
	b.end = b.settle()
	return 0, b.end
}

// settle asks the control channel, which decides whatever happened to the connection.
func (b *socketBody) settle() error {
	select {
	case answered := <-b.wait:
		var found opened
		if err := answered.take(&found); err != nil {
			return err
		}
		if found.Bytes != b.count {
			return fmt.Errorf("the driver %s sent %d bytes and says %d", b.session.Name, b.count, found.Bytes)
		}
		return io.EOF
	case <-b.session.ended:
		return b.session.failure
	case <-b.ctx.Done():
		return b.ctx.Err()
	}
}

func (b *socketBody) Close() error {
	b.stop()
	return b.connection.Close()
}

// readInline answers a body that pulls ranges.
func (s *Session) readInline(ctx context.Context, params map[string]any) (io.ReadCloser, opened, error) {
	body := &inlineBody{session: s, ctx: ctx, params: params}
	params["plane"], params["length"] = "inline", inlineChunkBytes
	found, err := body.pull()
	return body, found, err
}

type inlineBody struct {
	session *Session
	ctx     context.Context
	params  map[string]any
	rest    []byte
	isEnd   bool
}

func (b *inlineBody) pull() (opened, error) {
	var found opened
	if err := b.session.call(b.ctx, "read", b.params, &found); err != nil {
		return found, err
	}
	if found.Data != nil {
		b.rest = *found.Data
	}
	at := b.params["offset"].(int64) + int64(len(b.rest))
	b.params["offset"], b.isEnd = at, at >= found.Size
	if found.Version != "" {
		b.params["ifMatch"] = found.Version
	}
	if len(b.rest) == 0 && !b.isEnd {
		return found, fmt.Errorf("the driver %s answered no content before the end", b.session.Name)
	}
	return found, nil
}

func (b *inlineBody) Read(into []byte) (int, error) {
	if len(b.rest) == 0 {
		if b.isEnd {
			return 0, io.EOF
		}
		if _, err := b.pull(); err != nil {
			return 0, err
		}
	}
	count := copy(into, b.rest)
	b.rest = b.rest[count:]
	return count, nil
}

func (b *inlineBody) Close() error { return nil }

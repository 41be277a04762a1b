package outrigger

import (
	"context"
	"io"
	"net"
	"os"
	"sync"

	"github.com/outrigger/outrigger/sdks/go/internal/frame"
)

// preamble is the first line on a data connection. Size and what follows is of reads.
type preamble struct {
	Token   string `json:"token"`
	Size    *int64 `json:"size,omitempty"`
	ModTime int64  `json:"modTime,omitempty"`
	Version string `json:"version,omitempty"`
}

// streamBuffer is what a data connection may hold of what the other side has not taken.
const streamBuffer = 1 << 20

// dial connects to the host's data socket and sends the preamble.
func dial(ctx context.Context, path string, first preamble) (*net.UnixConn, error) {
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, "unix", path)
	if err != nil {
		return nil, noSocket(err)
	}
	stream := conn.(*net.UnixConn)
	_ = stream.SetWriteBuffer(streamBuffer)
	line, err := frame.Encode(first)
	if err == nil {
		_, err = stream.Write(append(line, '\n'))
	}
	if err != nil {
		_ = stream.Close()
		return nil, noSocket(err)
	}
	return stream, nil
}

func noSocket(err error) error {
	return &Error{Code: ErrUnavailable, Detail: "the host's data socket cannot be dialled: " + err.Error(), Err: err}
}

// send sends at most length bytes of a body and half-closes.
//
// cancel is called when the host closes the connection, so that a body that waits for its backend wakes up.
func send(stream *net.UnixConn, body io.Reader, length int64, cancel context.CancelFunc) (int64, error) {
	go func() {
		// Nothing comes from the host on a read: its end is that of the read.
		_, _ = stream.Read(make([]byte, 1))
		cancel()
		_ = stream.Close()
	}()
	sent, err := copyContent(stream, body, length)
	if err != nil {
		return sent, err
	}
	return sent, stream.CloseWrite()
}

func copyContent(stream *net.UnixConn, body io.Reader, length int64) (int64, error) {
	if file, ok := body.(*os.File); ok {
		if sent, isHandled, err := sendFile(stream, file, length); isHandled {
			return sent, err
		}
	}
	return copyBuffered(stream, io.LimitReader(body, length))
}

var buffers = sync.Pool{New: func() any { return new([256 * 1024]byte) }}

// copyBuffered copies in large pieces. The interfaces of both sides that would copy by themselves are hidden.
func copyBuffered(to io.Writer, from io.Reader) (int64, error) {
	buffer := buffers.Get().(*[256 * 1024]byte)
	defer buffers.Put(buffer)
	return io.CopyBuffer(struct{ io.Writer }{to}, struct{ io.Reader }{from}, buffer[:])
}

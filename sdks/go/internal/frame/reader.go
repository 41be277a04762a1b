// Package frame cuts a byte stream into the messages of the protocol and back: Content-Length headers as in the Language Server
// Protocol, JSON-RPC 2.0 inside.
package frame

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Limits are what a reader holds its peer to.
type Limits struct {
	HeaderBytes, MessageBytes, Nesting int
}

// Version1 has the limits of version 1 of the protocol.
var Version1 = Limits{HeaderBytes: 4096, MessageBytes: 1 << 20, Nesting: 32}

// Violation says that the peer sent what is no frame or no message. There is no way back into step.
type Violation struct{ what string }

func (v *Violation) Error() string { return v.what }

func violation(format string, args ...any) error {
	return &Violation{fmt.Sprintf(format, args...)}
}

// Reader reads messages. It never reads further than to the end of a message before it gives it.
type Reader struct {
	in     *bufio.Reader
	limits Limits
}

// NewReader makes a Reader.
func NewReader(in io.Reader, limits Limits) *Reader {
	return &Reader{in: bufio.NewReaderSize(in, 64*1024), limits: limits}
}

// Next answers the next message; io.EOF at the end of the stream between frames; a *Violation; or an error of the stream.
func (r *Reader) Next() (*Message, error) {
	length, err := r.header()
	if err != nil {
		return nil, err
	}
	// No more than the limit: it was checked.
	body := make([]byte, length)
	if count, err := io.ReadFull(r.in, body); err != nil {
		return nil, endedInside(err, "%d bytes short of a message", length-count)
	}
	return parse(body, r.limits.Nesting)
}

const (
	lengthField = "content-length:"
	typeField   = "content-type:"
)

// header reads lines up to the empty one, and answers the value of Content-Length.
func (r *Reader) header() (int, error) {
	length, used := -1, 0
	for {
		line, err := r.line(used)
		if err != nil {
			return 0, err
		}
		used += len(line) + 2
		name := strings.ToLower(string(line[:bytes.IndexByte(line, ':')+1]))
		switch {
		case len(line) == 0 && length < 0:
			return 0, violation("a frame header without Content-Length")
		case len(line) == 0:
			return length, nil
		case name == typeField:
		case name != lengthField:
			return 0, violation("unknown field in a frame header: %s", quote(line))
		case length >= 0:
			return 0, violation("two Content-Length fields in a frame header")
		default:
			if length, err = parseLength(string(line[len(lengthField):]), r.limits.MessageBytes); err != nil {
				return 0, err
			}
		}
	}
}

// line reads one line of a header, without its end. What cannot become a line is refused at its first wrong byte: waiting
// for more of it could be waiting for ever.
func (r *Reader) line(used int) ([]byte, error) {
	var line []byte
	for {
		c, err := r.in.ReadByte()
		if err != nil {
			if used+len(line) == 0 {
				return nil, err
			}
			return nil, endedInside(err, "%s", quote(line))
		}
		line = append(line, c)
		switch {
		case c == '\n' && !bytes.HasSuffix(line, []byte("\r\n")):
			return nil, violation("a line of a frame header that does not end in CRLF: %s", quote(line))
		case c == '\n':
			return line[:len(line)-2], nil
		case used+len(line) >= r.limits.HeaderBytes:
			return nil, violation("a frame header of more than %d bytes: %s", r.limits.HeaderBytes, quote(line))
		case !startsLikeField(line):
			return nil, violation("not a frame of the protocol: %s", quote(line))
		}
	}
}

func startsLikeField(line []byte) bool {
	if len(line) == 1 && line[0] == '\r' {
		return true // the empty line
	}
	for _, field := range []string{lengthField, typeField} {
		length := min(len(line), len(field))
		if strings.EqualFold(string(line[:length]), field[:length]) {
			return true
		}
	}
	return false
}

func parseLength(text string, limit int) (int, error) {
	digits := strings.Trim(text, " \t")
	length := 0
	for _, c := range []byte(digits) {
		if c < '0' || c > '9' {
			return 0, violation("Content-Length %s is not a number of bytes", quote([]byte(text)))
		}
		length = min(length*10+int(c-'0'), limit+1)
	}
	if length == 0 || len(digits) > 15 {
		return 0, violation("Content-Length %s is not a number of bytes", quote([]byte(text)))
	}
	if length > limit {
		return 0, violation("a message of %s bytes; the limit is %d", digits, limit)
	}
	return length, nil
}

func endedInside(err error, format string, args ...any) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return violation("the stream ended inside a frame: "+format, args...)
	}
	return err
}

func quote(bytes []byte) string {
	if len(bytes) > 200 {
		return fmt.Sprintf("%q...", bytes[:200])
	}
	return fmt.Sprintf("%q", bytes)
}

package host

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// maxSocketPath fits sockaddr_un, without the final NUL.
const maxSocketPath = 103

// preambleTimeout is how long a connection may wait with its first line.
const preambleTimeout = 5 * time.Second

// listener takes the data connections that a driver dials, and matches them to requests by their tokens.
type listener struct {
	path      string
	directory string
	socket    net.Listener
	mu        sync.Mutex
	waiting   map[string]chan *connection
}

type connection struct {
	*net.UnixConn
	// in has what came behind the preamble.
	in   io.Reader
	size int64
	// version of the object; empty where there is none.
	version string
}

func listen() (*listener, error) {
	for _, place := range []string{os.Getenv("XDG_RUNTIME_DIR"), "/run", os.TempDir()} {
		directory, err := os.MkdirTemp(place, "outrigger-")
		if err != nil || place == "" {
			continue
		}
		path := filepath.Join(directory, "data.sock")
		socket, err := net.Listen("unix", path)
		if err != nil || len(path) > maxSocketPath {
			_ = os.RemoveAll(directory)
			continue
		}
		l := &listener{path: path, directory: directory, socket: socket, waiting: map[string]chan *connection{}}
		go l.accept()
		return l, nil
	}
	return nil, errors.New("no directory for a data socket: neither $XDG_RUNTIME_DIR nor /run nor the one for temporary files will do")
}

func (l *listener) accept() {
	for {
		conn, err := l.socket.Accept()
		if err != nil {
			return
		}
		go l.receive(conn.(*net.UnixConn))
	}
}

func (l *listener) receive(conn *net.UnixConn) {
	_ = conn.SetReadDeadline(time.Now().Add(preambleTimeout))
	in := bufio.NewReaderSize(conn, preambleBytes)
	line, err := in.ReadSlice('\n')
	var preamble struct {
		Token   string `json:"token"`
		Size    int64  `json:"size"`
		Version string `json:"version"`
	}
	if err != nil || json.Unmarshal(line, &preamble) != nil {
		_ = conn.Close()
		return
	}
	_ = conn.SetReadDeadline(time.Time{})
	begun, _ := in.Peek(in.Buffered())
	l.mu.Lock()
	defer l.mu.Unlock()
	wait := l.waiting[preamble.Token]
	if wait == nil {
		_ = conn.Close()
		return
	}
	// In one step: a token that is forgotten has its connection in the channel, or no more.
	delete(l.waiting, preamble.Token)
	wait <- &connection{conn, io.MultiReader(bytes.NewReader(bytes.Clone(begun)), conn), preamble.Size, preamble.Version}
}

// expect answers a token for one connection.
func (l *listener) expect() (token string, dialled <-chan *connection) {
	wait := make(chan *connection, 1)
	token = rand.Text()
	l.mu.Lock()
	l.waiting[token] = wait
	l.mu.Unlock()
	return token, wait
}

// forget makes a token void, and closes the connection that came with it, if nobody took that.
func (l *listener) forget(token string, dialled <-chan *connection) {
	l.mu.Lock()
	delete(l.waiting, token)
	l.mu.Unlock()
	select {
	case conn := <-dialled:
		_ = conn.Close()
	default:
	}
}

func (l *listener) close() {
	_ = l.socket.Close()
	_ = os.RemoveAll(l.directory)
}

package outrigger_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net"
	"net/textproto"
	"path/filepath"
	"strconv"
	"sync"
	"testing"

	outrigger "github.com/outrigger/outrigger/sdks/go"
)

// host is the other side of a driver that is served in this process.
type host struct {
	t      *testing.T
	in     *io.PipeWriter
	mu     sync.Mutex
	ids    int
	waits  map[string]chan response
	log    *lockedBuffer
	status chan int
	socket net.Listener
	// limits stand in place of those of version 1.
	limits map[string]any
}

type response struct {
	Result map[string]any `json:"result"`
	Error  *struct {
		Code    int            `json:"code"`
		Message string         `json:"message"`
		Data    map[string]any `json:"data"`
	} `json:"error"`
}

type lockedBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *lockedBuffer) Write(text []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(text)
}

func (b *lockedBuffer) text() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.String()
}

// start shakes hands with a driver.
func start(t *testing.T, driver outrigger.Driver, parameters map[string]any) *host {
	t.Helper()
	h := launch(t, driver)
	if got := h.initialize(parameters); got.Error != nil {
		t.Fatalf("initialize: %v", got.Error)
	}
	return h
}

// launch starts to serve, and listens on a data socket.
func launch(t *testing.T, driver outrigger.Driver) *host {
	t.Helper()
	input, in := io.Pipe()
	output, out := io.Pipe()
	socket, err := net.Listen("unix", filepath.Join(t.TempDir(), "s"))
	if err != nil {
		t.Fatal(err)
	}
	h := &host{t: t, in: in, waits: map[string]chan response{}, log: &lockedBuffer{}, status: make(chan int, 1), socket: socket}
	go h.listen(output)
	go func() { h.status <- outrigger.Run(driver, nil, input, out, h.log) }()
	t.Cleanup(func() {
		_ = in.Close()
		_ = socket.Close()
	})
	return h
}

func (h *host) listen(output io.Reader) {
	stream := bufio.NewReader(output)
	for {
		header, err := textproto.NewReader(stream).ReadMIMEHeader()
		if err != nil {
			return
		}
		length, _ := strconv.Atoi(header.Get("Content-Length"))
		body := make([]byte, length)
		if _, err := io.ReadFull(stream, body); err != nil {
			return
		}
		var message struct {
			ID json.RawMessage `json:"id"`
			response
		}
		if json.Unmarshal(body, &message) != nil || message.ID == nil {
			continue
		}
		h.mu.Lock()
		h.waits[string(message.ID)] <- message.response
		h.mu.Unlock()
	}
}

func (h *host) send(message map[string]any) {
	h.t.Helper()
	message["jsonrpc"] = "2.0"
	body, err := json.Marshal(message)
	if err != nil {
		h.t.Fatal(err)
	}
	if _, err := fmt.Fprintf(h.in, "Content-Length: %d\r\n\r\n%s", len(body), body); err != nil {
		h.t.Fatal(err)
	}
}

// ask sends a request; its answer comes through the channel.
func (h *host) ask(method string, params map[string]any) (id int, answer <-chan response) {
	h.t.Helper()
	wait := make(chan response, 1)
	h.mu.Lock()
	h.ids++
	id = h.ids
	h.waits[strconv.Itoa(id)] = wait
	h.mu.Unlock()
	if params == nil {
		params = map[string]any{}
	}
	h.send(map[string]any{"id": id, "method": method, "params": params})
	return id, wait
}

func (h *host) call(method string, params map[string]any) response {
	h.t.Helper()
	_, answer := h.ask(method, params)
	return <-answer
}

// result fails the test when the request is refused.
func (h *host) result(method string, params map[string]any) map[string]any {
	h.t.Helper()
	got := h.call(method, params)
	if got.Error != nil {
		h.t.Fatalf("%s was refused: %v", method, *got.Error)
	}
	return got.Result
}

// refused fails the test when the answer is another than an error with this code.
func (h *host) refused(got response, code outrigger.Code) {
	h.t.Helper()
	if got.Error == nil || got.Error.Data["code"] != string(code) {
		h.t.Fatalf("expected %s, got %v %v", code, got.Result, got.Error)
	}
}

func (h *host) initialize(parameters map[string]any) response {
	if parameters == nil {
		parameters = map[string]any{}
	}
	limits := map[string]any{
		"headerBytes": 4096, "messageBytes": 1 << 20, "nesting": 32, "inlineChunkBytes": 262144, "smallContentBytes": 32768,
		"putBytes": 8 << 20, "pageEntries": 1000, "streams": 256, "preambleBytes": 4096,
	}
	maps.Copy(limits, h.limits)
	return h.call("initialize", map[string]any{
		"protocolVersions": []int{1}, "host": map[string]any{"name": "test", "version": "0"}, "hostPid": 1, "parameters": parameters,
		"dataPlanes": []string{"socket", "inline"}, "socketPath": h.socket.Addr().String(), "limits": limits,
	})
}

// accept takes a data connection, and answers what its preamble says.
func (h *host) accept() (*net.UnixConn, *bufio.Reader, map[string]any) {
	h.t.Helper()
	conn, err := h.socket.Accept()
	if err != nil {
		h.t.Fatal(err)
	}
	stream := bufio.NewReader(conn)
	line, err := stream.ReadBytes('\n')
	if err != nil {
		h.t.Fatal(err)
	}
	var preamble map[string]any
	if err := json.Unmarshal(line, &preamble); err != nil {
		h.t.Fatal(err)
	}
	return conn.(*net.UnixConn), stream, preamble
}

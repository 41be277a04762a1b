package outrigger_test

import (
	"context"
	"encoding/base64"
	"io"
	"log/slog"
	"math"
	"strconv"
	"strings"
	"testing"

	outrigger "github.com/outrigger/outrigger/sdks/go"
)

// What a host may send that is wrong, or seldom, and what comes of it.

func (h *host) invalid(got response) {
	h.t.Helper()
	if got.Error == nil || got.Error.Code != -32602 {
		h.t.Errorf("expected -32602, got %v %v", got.Result, got.Error)
	}
}

// raw sends a message as it is.
func (h *host) raw(body string) {
	h.t.Helper()
	if _, err := io.WriteString(h.in, "Content-Length: "+strconv.Itoa(len(body))+"\r\n\r\n"+body); err != nil {
		h.t.Fatal(err)
	}
}

func TestParamsThatAreNone(t *testing.T) {
	h := start(t, memoryDriver, nil)
	for _, params := range []map[string]any{
		{}, {"PATH": "/a"}, {"path": nil}, {"path": 1},
	} {
		h.invalid(h.call("stat", params))
	}
	wait := make(chan response, 1)
	h.mu.Lock()
	h.waits["99"] = wait
	h.mu.Unlock()
	h.raw(`{"jsonrpc":"2.0","id":99,"method":"stat","params":["/a"]}`)
	h.invalid(<-wait)
}

func TestWhatEndsNoSession(t *testing.T) {
	h := start(t, memoryDriver, nil)
	for _, body := range []string{
		`{"jsonrpc":"2.0","id":1234,"result":{}}`,
		`{"jsonrpc":"2.0","id":null,"error":{"code":1,"message":"m"}}`,
		`{"jsonrpc":"2.0","method":"$/cancelRequest"}`,
		`{"jsonrpc":"2.0","method":"$/cancelRequest","params":{}}`,
		`{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":null}}`,
		`{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":{}}}`,
		`{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":1.5}}`,
		`{"jsonrpc":"2.0","method":"$/cancelRequest","params":[1]}`,
		`{"jsonrpc":"2.0","method":"initialized","params":[]}`,
		`{"jsonrpc":"2.0","method":"$/nobody/knows"}`,
	} {
		h.raw(body)
		h.result("ping", nil)
	}
}

func TestBase64ThatIsNone(t *testing.T) {
	h := start(t, memoryDriver, nil)
	writer := h.result("writer/open", map[string]any{"path": "/w", "mode": "truncate"})["writer"]
	for _, content := range []string{"%%%%", "YWJ", "Y===", "YQ==YQ=="} {
		h.invalid(h.call("put", map[string]any{"path": "/a", "content": content}))
		h.refused(h.call("stat", map[string]any{"path": "/a"}), outrigger.ErrPathNotFound)
		h.invalid(h.call("writer/write", map[string]any{"writer": writer, "offset": 0, "data": content}))
	}
	h.result("writer/commit", map[string]any{"writer": writer, "size": 0})
}

func TestMoreThanALimitIsRefusedWhole(t *testing.T) {
	h := start(t, memoryDriver, nil)
	large := base64.StdEncoding.EncodeToString(make([]byte, 262145))
	h.refused(h.call("put", map[string]any{"path": "/a", "content": large}), outrigger.ErrUnsupported)
	writer := h.result("writer/open", map[string]any{"path": "/w", "mode": "truncate"})["writer"]
	h.refused(h.call("writer/write", map[string]any{"writer": writer, "offset": 0, "data": large}), outrigger.ErrUnsupported)
	h.result("writer/commit", map[string]any{"writer": writer, "size": 0})
}

func TestNumbersAndNamesThatAreNone(t *testing.T) {
	h := start(t, memoryDriver, nil)
	h.result("put", map[string]any{"path": "/a", "content": "YQ=="})
	for _, offset := range []any{-1, 0.5, float64(1 << 60)} {
		h.refused(h.call("read", map[string]any{"path": "/a", "offset": offset, "plane": "inline"}), outrigger.ErrInvalidOffset)
	}
	h.invalid(h.call("read", map[string]any{"path": "/a", "offset": 0, "plane": "pigeon"}))
	h.invalid(h.call("writer/open", map[string]any{"path": "/w", "mode": "sideways"}))
	writer := h.result("writer/open", map[string]any{"path": "/w", "mode": "truncate"})["writer"]
	h.invalid(h.call("writer/write", map[string]any{"writer": writer, "offset": -1, "data": ""}))
	h.invalid(h.call("writer/commit", map[string]any{"writer": writer, "size": 0.5}))
	h.result("writer/commit", map[string]any{"writer": writer, "size": 0})
}

// telling is a driver whose writers commit to other paths, and take bytes that the host wrote.
type telling struct{ *memory }

func (telling) CommitsTo() bool { return true }

func (d telling) Write(ctx context.Context, path string, options outrigger.WriterOptions) (outrigger.Writer, error) {
	writer, err := d.memory.Write(ctx, path, options)
	if err != nil {
		return nil, err
	}
	return tellingWriter{writer.(*memoryWriter)}, nil
}

func (d telling) WriteIsolated(ctx context.Context, path string, _ outrigger.WriterOptions) (outrigger.Writer, error) {
	return d.Write(ctx, path, outrigger.WriterOptions{Mode: outrigger.Truncate})
}

type tellingWriter struct{ *memoryWriter }

func (w tellingWriter) LocalFile() outrigger.LocalFile {
	return outrigger.LocalFile{Path: "/nowhere", Dev: 1, Ino: math.MaxUint64}
}

func (w tellingWriter) Accept(count int64) error {
	_, err := w.Write([]byte(strings.Repeat("x", int(count))))
	return err
}

func (w tellingWriter) CommitTo(ctx context.Context, path string) error {
	return w.store.Put(ctx, path, w.content)
}

func TestWhatARefusedCommitLeaves(t *testing.T) {
	h := start(t, serving(telling{newMemory()}), nil)
	writer := h.result("writer/open", map[string]any{"path": "/w", "mode": "truncate"})["writer"]
	commit := func(params map[string]any) response {
		params["writer"] = writer
		return h.call("writer/commit", params)
	}
	// Of the wrong size it has told of nothing; of the right one it has, whatever becomes of it.
	h.refused(commit(map[string]any{"size": 9, "written": 5}), outrigger.ErrInvalidOffset)
	h.refused(commit(map[string]any{"size": 5, "written": 5, "to": "no path"}), outrigger.ErrInvalidPath)
	h.refused(commit(map[string]any{"size": 5, "written": 5}), outrigger.ErrInvalidOffset)
	h.result("writer/write", map[string]any{"writer": writer, "offset": 5, "data": "YQ=="})
	if got := commit(map[string]any{"size": 6, "to": "/there"}); got.Error != nil {
		t.Fatalf("refused: %v", *got.Error)
	}
	h.refused(h.call("writer/write", map[string]any{"writer": writer, "offset": 0, "data": ""}), outrigger.ErrAlreadyClosed)
}

func TestACommitToIsForWritersInPlace(t *testing.T) {
	for _, driver := range []outrigger.StorageDriver{telling{newMemory()}, newMemory()} {
		h := start(t, serving(driver), nil)
		for _, mode := range []string{"isolated", "put", "truncate"} {
			_, canCommitTo := driver.(telling)
			if canCommitTo == (mode == "truncate") || !canCommitTo && mode == "isolated" {
				continue
			}
			writer := h.result("writer/open", map[string]any{"path": "/w" + mode, "mode": mode})["writer"]
			h.refused(h.call("writer/commit", map[string]any{"writer": writer, "size": 0, "to": "/to"}), outrigger.ErrUnsupported)
			h.result("writer/commit", map[string]any{"writer": writer, "size": 0})
		}
	}
}

func TestNumbersOfFilesAreBothThereOrNone(t *testing.T) {
	h := start(t, serving(telling{newMemory()}), nil)
	file := h.result("writer/open", map[string]any{"path": "/w", "mode": "truncate"})["file"].(map[string]any)
	if file["dev"] != 0.0 || file["ino"] != 0.0 {
		t.Errorf("got %v", file)
	}
}

func TestSmallLimitsAreKept(t *testing.T) {
	h := launch(t, memoryDriver)
	h.limits = map[string]any{"inlineChunkBytes": 1000, "smallContentBytes": 100, "pageEntries": 2}
	if got := h.initialize(nil); got.Error != nil {
		t.Fatal(*got.Error)
	}
	writer := h.result("writer/open", map[string]any{"path": "/d/a", "mode": "truncate"})["writer"]
	h.result("writer/write", map[string]any{"writer": writer, "offset": 0, "data": base64.StdEncoding.EncodeToString(make([]byte, 999))})
	h.result("writer/write", map[string]any{"writer": writer, "offset": 999, "data": base64.StdEncoding.EncodeToString(make([]byte, 999))})
	h.result("writer/commit", map[string]any{"writer": writer, "size": 1998})
	for _, path := range []string{"/d/b", "/d/c"} {
		h.result("put", map[string]any{"path": path, "content": ""})
	}
	if content, isThere := h.result("get", map[string]any{"path": "/d/a"})["content"]; isThere {
		t.Errorf("get answered %v", content)
	}
	data, err := base64.StdEncoding.DecodeString(h.result("read", map[string]any{"path": "/d/a", "offset": 0, "plane": "inline"})["data"].(string))
	if err != nil || len(data) > 1000 || len(data) == 0 {
		t.Errorf("%d bytes came, %v", len(data), err)
	}
	for _, params := range []map[string]any{{"path": "/d"}, {"path": "/d", "limit": 500}} {
		if entries := h.result("list", params)["entries"].([]any); len(entries) > 2 {
			t.Errorf("%d entries came", len(entries))
		}
	}
}

func TestExitWithoutShutdownKeepsOpenWriters(t *testing.T) {
	store := newMemory()
	h := start(t, serving(store), nil)
	writer := h.result("writer/open", map[string]any{"path": "/a", "mode": "truncate"})["writer"]
	h.result("writer/write", map[string]any{"writer": writer, "offset": 0, "data": "aGVsbG8="})
	h.send(map[string]any{"method": "exit"})
	if status := <-h.status; status != 1 {
		t.Errorf("ended with %d", status)
	}
	if got := string(store.unfinished["/a"]); got != "hello" {
		t.Errorf("kept %q", got)
	}
}

func TestAMoveToItselfChangesNothing(t *testing.T) {
	h := start(t, memoryDriver, nil)
	toItself := func() response {
		return h.call("move", map[string]any{"source": "/a", "destination": "/a"})
	}
	h.refused(toItself(), outrigger.ErrPathNotFound)
	h.result("put", map[string]any{"path": "/a", "content": "YQ=="})
	if got := toItself(); got.Error != nil {
		t.Errorf("refused: %v", *got.Error)
	}
	if content := h.result("get", map[string]any{"path": "/a"})["content"]; content != "YQ==" {
		t.Errorf("content is %v", content)
	}
}

func TestLevelsThatAHostKnows(t *testing.T) {
	levels := map[slog.Level]string{
		slog.LevelDebug + 1: "debug", slog.LevelInfo + 1: "info", slog.LevelWarn + 2: "warn", slog.LevelError + 4: "error",
	}
	for level, name := range levels {
		text := &lockedBuffer{}
		slog.New(outrigger.NewLogHandler(text)).Log(context.Background(), level, "m")
		if !strings.Contains(text.text(), `"level":"`+name+`"`) {
			t.Errorf("%v is in %q", level, text.text())
		}
	}
}

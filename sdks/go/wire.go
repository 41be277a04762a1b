package outrigger

import (
	"encoding/json"
	"errors"

	"github.com/outrigger/outrigger/sdks/go/internal/frame"
)

type answer struct {
	JSONRPC string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id"`
	Result  any             `json:"result"`
}

type failure struct {
	JSONRPC string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id"`
	Error   *rpcError       `json:"error"`
}

type notification struct {
	JSONRPC string `json:"jsonrpc"`
	Method  string `json:"method"`
	Params  any    `json:"params"`
}

type progress struct {
	ID json.RawMessage `json:"id"`
}

// Numbers of the errors that are none of a driver.
const (
	codeMethodNotFound     = -32601
	codeInvalidParams      = -32602
	codeNotInitialized     = -32002
	codeAlreadyInitialized = 1101
	codeNoCommonVersion    = 1102
	codeInvalidParameters  = 1103
)

type rpcError struct {
	Code    int    `json:"code"`
	Message string `json:"message"`
	Data    any    `json:"data,omitempty"`
}

func (e *rpcError) Error() string { return e.Message }

type errorData struct {
	Code      Code   `json:"code"`
	Path      string `json:"path,omitempty"`
	Offset    *int64 `json:"offset,omitempty"`
	Size      *int64 `json:"size,omitempty"`
	Retryable *bool  `json:"retryable,omitempty"`
}

func toRPCError(err error, hidden *secrets) *rpcError {
	var known *rpcError
	if errors.As(err, &known) {
		return known
	}
	storage := asError(err, "")
	number, ok := numbers[storage.Code]
	if !ok {
		storage = &Error{Code: ErrInternal, Detail: storage.Error(), Path: storage.Path}
		number = numbers[ErrInternal]
	}
	data := errorData{Code: storage.Code, Path: cut(storage.Path), Offset: storage.Offset, Size: storage.Size}
	if storage.Final {
		data.Retryable = new(bool)
	}
	return &rpcError{Code: number, Message: hidden.clean(storage.Error()), Data: data}
}

type fileInfo struct {
	Path    string `json:"path"`
	Size    int64  `json:"size"`
	ModTime int64  `json:"modTime"`
	IsDir   bool   `json:"isDir"`
	Version string `json:"version,omitempty"`
}

func toFileInfo(info FileInfo) fileInfo {
	return fileInfo{info.Path, info.Size, info.ModTime.UnixMilli(), info.IsDir, info.Version}
}

type listEntry struct {
	Path    string `json:"path"`
	IsDir   *bool  `json:"isDir,omitempty"`
	Size    *int64 `json:"size,omitempty"`
	ModTime *int64 `json:"modTime,omitempty"`
}

func toListEntry(entry ListEntry) listEntry {
	value := listEntry{Path: entry.Path}
	if entry.Kind != UnknownEntry {
		isDir := entry.Kind == DirectoryEntry
		value.IsDir = &isDir
	}
	if !entry.ModTime.IsZero() {
		time := entry.ModTime.UnixMilli()
		value.ModTime = &time
		if entry.Kind == ObjectEntry {
			value.Size = &entry.Size
		}
	}
	return value
}

type listPage struct {
	Entries []listEntry `json:"entries"`
	Cursor  string      `json:"cursor,omitempty"`
}

type walkPage struct {
	Entries []fileInfo `json:"entries"`
	Done    bool       `json:"done"`
}

// opened is what every answer of content has.
type opened struct {
	Size    int64  `json:"size"`
	ModTime int64  `json:"modTime"`
	Version string `json:"version,omitempty"`
}

func openedOf(content *Content) opened {
	return opened{content.Size, content.ModTime.UnixMilli(), content.Version}
}

type localFile struct {
	LocalPath string `json:"localPath"`
	Dev       uint64 `json:"dev"`
	Ino       uint64 `json:"ino"`
}

// toLocalFile answers 0 for both numbers, which is no file's, when JSON does not have one of them exactly.
func toLocalFile(file LocalFile) localFile {
	if file.Dev > frame.MaxExact || file.Ino > frame.MaxExact {
		return localFile{file.Path, 0, 0}
	}
	return localFile{file.Path, file.Dev, file.Ino}
}

type redirect struct {
	URL       *string `json:"url"`
	ExpiresAt *int64  `json:"expiresAt,omitempty"`
}

func toRedirect(found *Redirect) redirect {
	if found == nil {
		return redirect{}
	}
	value := redirect{URL: &found.URL}
	if !found.Expires.IsZero() {
		expires := found.Expires.UnixMilli()
		value.ExpiresAt = &expires
	}
	return value
}

type sizeResult struct {
	Size int64 `json:"size"`
}

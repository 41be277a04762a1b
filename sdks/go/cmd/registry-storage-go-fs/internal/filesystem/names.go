package filesystem

import (
	"crypto/rand"
	"fmt"
	"os"
	"path"
	"regexp"
	"strings"
	"syscall"

	outrigger "github.com/outrigger/outrigger/sdks/go"
)

// local is the name below the root of a path of the store; "." for the root.
func local(path string) string {
	if path == "/" {
		return "."
	}
	return path[1:]
}

func parent(name string) string { return path.Dir(name) }

// maxName is NAME_MAX of Linux, in bytes.
const maxName = 255

// A file that is being written is called as Distribution calls its own: <name>.<uuid>.tmp. Both registries may leave one
// behind when they are killed, and neither may show one. The name is a legal part of a path, so it is reserved.
var temporaryPattern = regexp.MustCompile(`\.[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\.tmp(?:/|$)`)

// isTemporary says whether a name, or any part of a path, is reserved.
func isTemporary(path string) bool {
	return strings.Contains(path, ".tmp") && temporaryPattern.MatchString(path)
}

// temporaryFor is a new name in the directory of another, so that a rename is atomic.
func temporaryFor(name string) string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	suffix := fmt.Sprintf(".%x-%x-%x-%x-%x.tmp", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
	base := path.Base(name)
	return path.Join(parent(name), base[:min(len(base), maxName-len(suffix))]+suffix)
}

// versionOf names the bytes of a file: every replacement makes a new one, and writing in place changes size or time.
func versionOf(info os.FileInfo) string {
	stat := info.Sys().(*syscall.Stat_t)
	return fmt.Sprintf("%d-%d-%d", stat.Ino, info.Size(), info.ModTime().UnixNano())
}

func (s *Store) fileAt(name string, info os.FileInfo) outrigger.LocalFile {
	stat := info.Sys().(*syscall.Stat_t)
	return outrigger.LocalFile{Path: path.Join(s.tree.path(), name), Dev: uint64(stat.Dev), Ino: uint64(stat.Ino)}
}

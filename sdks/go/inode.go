//go:build unix

package outrigger

import (
	"os"
	"syscall"
)

// inodeOf answers the device and inode numbers of a file.
func inodeOf(info os.FileInfo) (dev, ino uint64) {
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		return uint64(stat.Dev), uint64(stat.Ino) //nolint:unconvert // the types differ from system to system
	}
	return 0, 0
}

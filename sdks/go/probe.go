package outrigger

import (
	"os"
	"path/filepath"
	"regexp"
)

// probeFile lets a host see whether it looks at the same files as the driver. Its name has a character that no path of a
// store has, so that it is part of no store.
type probeFile struct{ file LocalFile }

var noncePattern = regexp.MustCompile(`^[0-9a-f]{1,64}$`)

// placeProbe answers nil where nothing can be written: a store of that kind has no plane file.
func placeProbe(roots []string, nonce string) *probeFile {
	if len(roots) == 0 || !noncePattern.MatchString(nonce) {
		return nil
	}
	path := filepath.Join(roots[0], "~probe-"+nonce)
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o640)
	if err != nil {
		return nil
	}
	_, err = file.WriteString(nonce)
	info, statErr := file.Stat()
	if closeErr := file.Close(); err != nil || statErr != nil || closeErr != nil {
		_ = os.Remove(path)
		return nil
	}
	dev, ino := inodeOf(info)
	probe := &probeFile{LocalFile{path, dev, ino}}
	if toLocalFile(probe.file) != (localFile{path, dev, ino}) {
		probe.remove()
		return nil
	}
	return probe
}

func (p *probeFile) location() *localFile {
	if p == nil {
		return nil
	}
	file := toLocalFile(p.file)
	return &file
}

// remove does nothing the second time.
func (p *probeFile) remove() {
	if p != nil {
		_ = os.Remove(p.file.Path)
	}
}

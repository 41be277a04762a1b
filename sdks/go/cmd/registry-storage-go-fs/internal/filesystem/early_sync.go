package filesystem

import "os"

// earlySync has the disk at work while content is still coming, so that little is left to do at the end: what was written is
// synced in steps, in the background. A sync that fails is never repeated (see seal): it fails the writer at its end.
type earlySync struct {
	file     *os.File
	isOff    bool
	unsynced int64
	running  chan error
	failure  error
}

// syncStep is the least that is synced at a time; on a disk that is slower than the client it becomes more by itself.
const syncStep = 4 << 20

// note says that so many bytes more were written.
func (e *earlySync) note(count int64) {
	e.unsynced += count
	if e.isOff || e.unsynced < syncStep || e.failure != nil {
		return
	}
	if e.running != nil {
		select {
		case e.failure = <-e.running:
			e.running = nil
		default:
			return
		}
		if e.failure != nil {
			return
		}
	}
	e.unsynced = 0
	e.running = make(chan error, 1)
	go func() { e.running <- e.file.Sync() }()
}

// settle waits for the sync that is under way, and answers what one has failed with.
func (e *earlySync) settle() error {
	if e.running != nil {
		e.failure = <-e.running
		e.running = nil
	}
	return e.failure
}

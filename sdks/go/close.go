package outrigger

import (
	"context"
	"log/slog"
)

// shutdown finishes what is under way and gives everything back, before it is answered.
func (s *session) shutdown(context.Context) (any, error) {
	s.release()
	return struct{}{}, nil
}

// close does the same at the end of the process.
func (s *session) close() {
	s.release()
	s.out.Drain()
}

// release ends what may be taken back, waits for what may not, and keeps open writers as if they were closed. A second
// call waits for the first.
func (s *session) release() {
	s.released.Do(func() {
		s.stop()
		served, kept := s.leave()
		if served == nil {
			return
		}
		served.writers.cut()
		for _, request := range kept {
			<-request.done
		}
		served.writers.closeAll()
		if err := served.driver.Close(); err != nil {
			slog.Error("the driver could not be closed", "error", err)
		}
	})
}

// leave makes an end of serving, and answers what was served and what is still worked on.
func (s *session) leave() (*served, []*activeRequest) {
	s.mu.Lock()
	defer s.mu.Unlock()
	served := s.served
	s.served, s.state = nil, stateShutdown
	s.probe.remove()
	var kept []*activeRequest
	for _, request := range s.active {
		if request.isKept {
			kept = append(kept, request)
		}
	}
	return served, kept
}

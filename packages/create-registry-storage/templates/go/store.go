package main

import (
	"bytes"
	"strconv"
	"strings"
	"sync"
	"time"
)

// object is what the store has for a key.
type object struct {
	content []byte
	modTime time.Time
	// version is another one for other bytes: an ETag, a generation, a hash.
	version string
}

// store is all that the driver asks of its store: objects by their keys. Here they are in memory: put the calls of your store
// in their place, which then also take the context and answer an error: an *outrigger.Error. "No right" is ErrInternal and
// "not now" is ErrUnavailable; neither may look as if the object were not there.
type store struct {
	mu       sync.Mutex
	objects  map[string]object
	versions int
}

func newStore() *store { return &store{objects: map[string]object{}} }

// find answers the object of a key, and whether there is one.
func (s *store) find(key string) (object, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, ok := s.objects[key]
	return found, ok
}

// save replaces the whole of an object, at once and durably. The content is lent.
func (s *store) save(key string, content []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.versions++
	s.objects[key] = object{bytes.Clone(content), time.Now(), "v" + strconv.Itoa(s.versions)}
}

// remove is no error when there is no object.
func (s *store) remove(key string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.objects, key)
}

// keys answers the keys that begin so, in any order.
func (s *store) keys(prefix string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var found []string
	for key := range s.objects {
		if strings.HasPrefix(key, prefix) {
			found = append(found, key)
		}
	}
	return found
}

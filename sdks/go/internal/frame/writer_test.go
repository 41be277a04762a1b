package frame

import (
	"bytes"
	"fmt"
	"sync"
	"testing"
)

func TestFramesOfManyWritersDoNotMix(t *testing.T) {
	var out bytes.Buffer
	writer := NewWriter(&out)
	var all sync.WaitGroup
	for i := range 100 {
		all.Go(func() { writer.Send(fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%d,"method":"ping"}`, i)) })
	}
	all.Wait()
	writer.Drain()
	reader := NewReader(&out, Version1)
	seen := map[string]bool{}
	for range 100 {
		message, err := reader.Next()
		if err != nil {
			t.Fatal(err)
		}
		seen[message.Key] = true
	}
	if len(seen) != 100 {
		t.Fatalf("%d of 100 messages came", len(seen))
	}
}

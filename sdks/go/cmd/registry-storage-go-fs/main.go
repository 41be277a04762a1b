// Command registry-storage-go-fs is a storage driver over a local directory, in the layout of Distribution's filesystem
// driver: the example of the Go SDK.
package main

import (
	outrigger "github.com/outrigger/outrigger/sdks/go"
	"github.com/outrigger/outrigger/sdks/go/cmd/registry-storage-go-fs/internal/filesystem"
)

func main() {
	outrigger.Serve(filesystem.Driver)
}

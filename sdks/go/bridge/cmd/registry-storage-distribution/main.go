// Command registry-storage-distribution serves a driver of distribution v3 as a driver of Outrigger. Its parameter driver is
// the name in distribution's factory; the others are that driver's own.
//
// A fork's driver needs a main of its own: this one, with one more import.
package main

import (
	_ "github.com/distribution/distribution/v3/registry/storage/driver/azure"
	_ "github.com/distribution/distribution/v3/registry/storage/driver/filesystem"
	_ "github.com/distribution/distribution/v3/registry/storage/driver/gcs"
	_ "github.com/distribution/distribution/v3/registry/storage/driver/inmemory"
	_ "github.com/distribution/distribution/v3/registry/storage/driver/s3-aws"

	outrigger "github.com/outrigger/outrigger/sdks/go"
	"github.com/outrigger/outrigger/sdks/go/bridge/out"
)

func main() {
	outrigger.Serve(out.Driver)
}

// The storage driver __NAME__ of the Outrigger registry.
package main

import (
	"context"
	"log/slog"
	"regexp"

	outrigger "github.com/outrigger/outrigger/sdks/go"
)

// Config has the parameters of the driver: those of yours take the place of bucket. What nobody may see gets secret:"true".
type Config struct {
	Bucket string `parameter:"bucket" required:"true" description:"Where everything goes."`
}

var bucketPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{2,62}$`)

func main() {
	outrigger.Serve(driver)
}

// driver is what registry-storage-__NAME__ --describe prints, and how a Driver is made.
var driver = outrigger.Driver{
	Name:       "__NAME__",
	Version:    "0.1.0",
	Parameters: outrigger.SchemaOf[Config](),
	// Variables that the driver wants to see, such as "EXAMPLE_*".
	Environment: nil,
	// The interfaces that Driver has tell what it can do: a method Walk makes the capability walk. What is there is tested.
	Prototype: (*Driver)(nil),
	Open:      open,
}

func open(_ context.Context, parameters outrigger.Parameters) (outrigger.StorageDriver, error) {
	config, err := outrigger.Decode[Config](parameters)
	if err != nil {
		return nil, err
	}
	if !bucketPattern.MatchString(config.Bucket) {
		// The message says what is expected, never what was given.
		issue := outrigger.Issue{Key: "bucket", Message: "must be 3 to 63 of a-z, 0-9, dots and dashes"}
		return nil, &outrigger.ParametersError{Issues: []outrigger.Issue{issue}}
	}
	slog.Info("the bucket is open", "bucket", config.Bucket)
	return &Driver{store: newStore()}, nil
}

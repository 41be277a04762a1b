package outrigger

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// Driver is what the executable registry-storage-<Name> serves.
type Driver struct {
	// Name matches ^[a-z][a-z0-9-]{0,31}$.
	Name    string
	Version string
	// Parameters is the JSON Schema of the parameters, see [SchemaOf]. Secrets have "x-secret": true.
	Parameters Schema
	// Environment names the variables that the driver wants to see; a "*" at the end stands for any rest.
	Environment []string
	// Prototype is of the type that Open returns, for --describe: its interfaces say what the driver can do at the most.
	// Of its methods only MovesAtomically, MovesDirectoriesAtomically and CommitsTo are called.
	Prototype StorageDriver
	// Concurrency is how many requests the driver works on at a time, streams apart. 0: any number.
	Concurrency int
	// Open gets a driver ready to serve. A [*ParametersError] refuses the parameters. What does not work now but may later
	// should not fail here.
	Open func(ctx context.Context, parameters Parameters) (StorageDriver, error)
	// Around, if there is one, runs each request that a trace belongs to; it may start a span with the context's [Traceparent]
	// as its parent, and ends it with the error of the request.
	Around func(ctx context.Context, method string, run func(context.Context) error) error
}

// closeTimeout is for a driver that cannot give everything back: it ends all the same.
const closeTimeout = 2 * time.Second

// Serve is the whole of a driver's main: it serves one host on stdin and stdout until exit, the end of stdin or SIGTERM, and
// ends the process. Whatever else the program prints to os.Stdout goes to stderr, the log.
//
// Arguments: --describe prints the description, --version the version; otherwise argument 1 is the JSON map of parameters.
func Serve(driver Driver) {
	output := os.Stdout
	os.Stdout = os.Stderr
	os.Exit(run(driver, os.Args[1:], os.Stdin, output, os.Stderr))
}

// exitUsage is that of sysexits.h.
const exitUsage = 64

func run(driver Driver, args []string, in io.Reader, out, log io.Writer) int {
	argument := "{}"
	if len(args) > 0 {
		argument = args[0]
	}
	switch argument {
	case "--describe":
		return printDescription(driver, out)
	case "--version":
		_, _ = fmt.Fprintf(out, "%s %s\n", driver.Name, driver.Version)
		return 0
	}
	parameters, err := parseParameters([]byte(argument))
	if err != nil {
		_, _ = fmt.Fprintf(log, "registry-storage-%s: argument 1 is the JSON map of the parameters, or --describe\n", driver.Name)
		return exitUsage
	}
	return serve(driver, parameters, in, out, log)
}

func serve(driver Driver, parameters Parameters, in io.Reader, out, log io.Writer) int {
	handler := newLogHandler(log)
	slog.SetDefault(slog.New(handler))
	// A host that is gone shows at the end of stdin; writing to it must not end the process before.
	ignored := make(chan os.Signal, 1)
	signal.Notify(ignored, syscall.SIGPIPE)
	terminated := make(chan os.Signal, 1)
	signal.Notify(terminated, syscall.SIGTERM)

	session := newSession(driver, parameters, out, handler.secrets)
	ended := make(chan int, 1)
	go func() { ended <- session.listen(in, log) }()
	status := 0
	select {
	case status = <-ended:
	case <-terminated:
	}
	closed := make(chan struct{})
	go func() {
		session.close()
		close(closed)
	}()
	select {
	case <-closed:
	case <-time.After(closeTimeout):
	}
	return status
}

// description is what --describe prints.
type description struct {
	Name             string       `json:"name"`
	Version          string       `json:"version"`
	ProtocolVersions []int        `json:"protocolVersions"`
	Parameters       Schema       `json:"parameters"`
	Environment      []string     `json:"environment"`
	DataPlanes       []string     `json:"dataPlanes"`
	Capabilities     Capabilities `json:"capabilities"`
	Concurrency      int          `json:"concurrency,omitempty"`
}

func printDescription(driver Driver, out io.Writer) int {
	capabilities := capabilitiesOf(driver.Prototype)
	environment := driver.Environment
	if environment == nil {
		environment = []string{}
	}
	encoder := json.NewEncoder(out)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(description{
		driver.Name, driver.Version, protocolVersions, driver.Parameters, environment,
		capabilities.planes(), capabilities, driver.Concurrency,
	})
	if err != nil {
		return 1
	}
	return 0
}

package outrigger

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/outrigger/outrigger/sdks/go/internal/frame"
)

var protocolVersions = []int{1}

// limits are those that the driver is asked to keep to.
type limits struct {
	messageBytes, inlineChunkBytes, smallContentBytes, putBytes, pageEntries int
}

type offer struct {
	versions   []int64
	parameters json.RawMessage
	planes     []string
	socketPath string
	nonce      string
	limits     limits
}

type initialized struct {
	ProtocolVersion int          `json:"protocolVersion"`
	Driver          driverName   `json:"driver"`
	Capabilities    Capabilities `json:"capabilities"`
	DataPlanes      []string     `json:"dataPlanes"`
	Concurrency     int          `json:"concurrency,omitempty"`
	Probe           *localFile   `json:"probe,omitempty"`
}

type driverName struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// prepareInitialize is called with the session locked.
func (s *session) prepareInitialize(message *frame.Message) (work, error) {
	if s.state != stateNew {
		return work{}, &rpcError{Code: codeAlreadyInitialized, Message: "initialize came before"}
	}
	p, err := readParams(message.Params)
	if err != nil {
		return work{}, err
	}
	offered := readOffer(p)
	if err := p.err(); err != nil {
		return work{}, err
	}
	s.state = stateInitializing
	return work{run: func(ctx context.Context) (any, error) { return s.initialize(ctx, offered) }}, nil
}

func (s *session) initialize(ctx context.Context, offered offer) (any, error) {
	result, ready, probe, err := s.open(ctx, offered)
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case err == nil && s.state == stateInitializing:
		s.state, s.served, s.probe = stateReady, ready, probe
		return result, nil
	case s.state == stateInitializing:
		s.state = stateNew
	}
	return nil, err
}

func (s *session) open(ctx context.Context, offered offer) (*initialized, *served, *probeFile, error) {
	if !slices.Contains(offered.versions, 1) {
		message := fmt.Sprintf("no common protocol version: this driver speaks %v, the host %v", protocolVersions, offered.versions)
		return nil, nil, nil, &rpcError{codeNoCommonVersion, message, map[string]any{"protocolVersions": protocolVersions}}
	}
	parameters := s.arguments
	if offered.parameters != nil {
		var err error
		if parameters, err = parseParameters(offered.parameters); err != nil {
			return nil, nil, nil, &rpcError{Code: codeInvalidParams, Message: "parameters: expected an object"}
		}
	}
	s.secrets.hide(parameters, s.driver.Parameters)
	driver, err := s.driver.Open(ctx, parameters)
	var refused *ParametersError
	if errors.As(err, &refused) {
		return nil, nil, nil, s.invalidParameters(refused)
	}
	if err != nil {
		return nil, nil, nil, err
	}
	capabilities := capabilitiesOf(driver)
	var probe *probeFile
	if files, ok := driver.(LocalFiler); ok {
		capabilities.Roots = files.Roots()
		if slices.Contains(offered.planes, "file") {
			probe = placeProbe(capabilities.Roots, offered.nonce)
		}
	}
	result := &initialized{
		1, driverName{s.driver.Name, s.driver.Version}, capabilities, capabilities.planes(), s.driver.Concurrency, probe.location(),
	}
	return result, &served{driver, capabilities, offered.limits, offered.socketPath, newWriterTable()}, probe, nil
}

// What a host takes of issues.
const (
	maxIssues       = 64
	maxIssueKey     = 256
	maxIssueMessage = 1024
)

func (s *session) invalidParameters(refused *ParametersError) error {
	issues := make([]Issue, min(len(refused.Issues), maxIssues))
	for i := range issues {
		issue := refused.Issues[i]
		issues[i] = Issue{cutTo(issue.Key, maxIssueKey), cutTo(s.secrets.redact(issue.Message), maxIssueMessage)}
	}
	return &rpcError{codeInvalidParameters, s.secrets.clean(refused.Error()), map[string]any{"issues": issues}}
}

func readOffer(p *params) offer {
	offered := offer{
		parameters: p.fields["parameters"],
		socketPath: p.optionalText("socketPath", 4096),
		nonce:      p.optionalText("nonce", 4096),
	}
	if json.Unmarshal(p.fields["protocolVersions"], &offered.versions) != nil {
		p.refuse("protocolVersions", "a list of integers")
	}
	if json.Unmarshal(p.fields["dataPlanes"], &offered.planes) != nil {
		p.refuse("dataPlanes", "a list of strings")
	}
	if offered.parameters != nil && offered.parameters[0] != '{' {
		p.refuse("parameters", "an object")
	}
	limit := &params{}
	if json.Unmarshal(p.fields["limits"], &limit.fields) != nil {
		p.refuse("limits", "an object")
	}
	read := func(name string) int { return int(limit.integer(name, 1, frame.MaxExact)) }
	offered.limits = limits{
		read("messageBytes"), read("inlineChunkBytes"), read("smallContentBytes"), read("putBytes"), read("pageEntries"),
	}
	if limit.wrong != "" {
		p.refuse("limits."+limit.wrong, "all of version 1")
	}
	return offered
}

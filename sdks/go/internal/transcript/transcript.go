// Package transcript replays the recorded conversations of docs/protocol/transcripts against a driver's process. Their
// format is described there.
package transcript

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Transcript is a recorded conversation.
type Transcript struct {
	Name   string   `json:"transcript"`
	After  string   `json:"after"`
	Replay []string `json:"replay"`
	Needs  struct {
		Capabilities []string `json:"capabilities"`
		Lacks        []string `json:"lacks"`
		Version      bool     `json:"version"`
	} `json:"needs"`
	// Steps has those of the transcripts that it comes after, too.
	Steps []Step `json:"-"`
}

// Step is a line of a transcript: what one side does.
type Step struct {
	From     string  `json:"from"`
	Message  any     `json:"message"`
	AnyOrder []any   `json:"anyOrder"`
	Bytes    *string `json:"bytes"`
	Closes   bool    `json:"closes"`
	Writes   *string `json:"writes"`
	At       int64   `json:"at"`
	Into     any     `json:"into"`
	Exits    *int    `json:"exits"`
}

// Directory is where the transcripts are: in the repository that a directory is part of.
func Directory(from string) (string, error) {
	from, err := filepath.Abs(from)
	if err != nil {
		return "", err
	}
	for at := from; ; at = filepath.Dir(at) {
		found := filepath.Join(at, "docs", "protocol", "transcripts")
		if _, err := os.Stat(filepath.Join(found, "frames.json")); err == nil {
			return found, nil
		}
		if at == filepath.Dir(at) {
			return "", errors.New("there is no docs/protocol/transcripts above " + from)
		}
	}
}

// ForDriver reads those transcripts of a directory that a driver with these powers can be tested with: its capabilities, and
// "version" if it has versions.
func ForDriver(directory string, powers []string) ([]Transcript, error) {
	files, err := filepath.Glob(filepath.Join(directory, "*.jsonl"))
	if err != nil || len(files) == 0 {
		return nil, errors.Join(err, errors.New("no transcripts in "+directory))
	}
	var fitting []Transcript
	for _, file := range files {
		found, err := read(directory, strings.TrimSuffix(filepath.Base(file), ".jsonl"))
		if err != nil {
			return nil, err
		}
		if slices.Contains(found.Replay, "driver") && found.fits(powers) {
			fitting = append(fitting, found)
		}
	}
	return fitting, nil
}

func (t Transcript) fits(powers []string) bool {
	for _, capability := range t.Needs.Capabilities {
		if !slices.Contains(powers, capability) {
			return false
		}
	}
	for _, capability := range t.Needs.Lacks {
		if slices.Contains(powers, capability) {
			return false
		}
	}
	return !t.Needs.Version || slices.Contains(powers, "version")
}

func read(directory, name string) (Transcript, error) {
	text, err := os.ReadFile(filepath.Join(directory, name+".jsonl"))
	if err != nil {
		return Transcript{}, err
	}
	lines := bytes.Split(bytes.TrimSpace(text), []byte("\n"))
	var transcript Transcript
	if err := json.Unmarshal(lines[0], &transcript); err != nil {
		return Transcript{}, fmt.Errorf("%s: %w", name, err)
	}
	if transcript.After != "" {
		before, err := read(directory, transcript.After)
		if err != nil {
			return Transcript{}, err
		}
		transcript.Steps = before.Steps
	}
	for _, line := range lines[1:] {
		var step Step
		if err := json.Unmarshal(line, &step); err != nil {
			return Transcript{}, fmt.Errorf("%s: %w", name, err)
		}
		transcript.Steps = append(transcript.Steps, step)
	}
	return transcript, nil
}

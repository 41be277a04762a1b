// Package host starts storage drivers and speaks to them: the other side of the protocol, as far as a registry in Go needs it.
package host

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"
)

var namePattern = regexp.MustCompile(`^[a-z][a-z0-9-]{0,31}$`)

// Find answers the executable of a driver: in the directory, if one is given, then in the absolute entries of PATH.
func Find(name, directory string) (string, error) {
	if !namePattern.MatchString(name) {
		return "", fmt.Errorf("%q is no name of a storage driver", name)
	}
	places := filepath.SplitList(os.Getenv("PATH"))
	if directory != "" {
		places = append([]string{directory}, places...)
	}
	var refused []error
	for _, place := range places {
		if !filepath.IsAbs(place) {
			continue
		}
		path, err := filepath.EvalSymlinks(filepath.Join(place, "registry-storage-"+name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil {
			err = check(path)
		}
		if err == nil {
			return path, nil
		}
		refused = append(refused, err)
	}
	return "", errors.Join(append(refused, fmt.Errorf("there is no executable registry-storage-%s in %q", name, places))...)
}

// check refuses a file that others than root or this user could have put there or could replace.
func check(path string) error {
	for _, each := range []string{path, filepath.Dir(path)} {
		info, err := os.Stat(each)
		if err != nil {
			return err
		}
		stat, ok := info.Sys().(*syscall.Stat_t)
		isOwned := ok && (stat.Uid == 0 || int(stat.Uid) == os.Getuid())
		isSticky := info.IsDir() && info.Mode()&os.ModeSticky != 0
		if !isOwned || info.Mode()&0o002 != 0 && !isSticky {
			return fmt.Errorf("%s is not used: others than root and this user can write it", each)
		}
	}
	return nil
}

// description is what --describe prints, as far as it is needed here.
type description struct {
	Parameters struct {
		Properties map[string]json.RawMessage `json:"properties"`
	} `json:"parameters"`
	Environment []string `json:"environment"`
}

const (
	describeTimeout = 5 * time.Second
	describeBytes   = 256 * 1024
)

// describe asks a driver for its description, which it need not have.
func describe(ctx context.Context, executable string) *description {
	ctx, cancel := context.WithTimeout(ctx, describeTimeout)
	defer cancel()
	command := exec.CommandContext(ctx, executable, "--describe")
	command.Env = environment(nil)
	out, err := command.Output()
	var found description
	if err != nil || len(out) > describeBytes || json.Unmarshal(bytes.TrimSpace(out), &found) != nil {
		return nil
	}
	return &found
}

// argument is the JSON map of the parameters that may be seen by others: argv is readable by every user of a machine.
func (d *description) argument(parameters map[string]any) string {
	open := map[string]any{}
	for key, value := range parameters {
		if d == nil {
			break
		}
		if schema, ok := d.Parameters.Properties[key]; ok && !mentionsSecret(schema) {
			open[key] = value
		}
	}
	text, err := json.Marshal(open)
	if err != nil {
		return "{}"
	}
	return string(text)
}

func mentionsSecret(schema json.RawMessage) bool {
	return bytes.Contains(schema, []byte(`"x-secret"`)) || bytes.Contains(schema, []byte(`"$ref"`))
}

var allowed = []string{
	"PATH", "HOME", "LANG", "LC_*", "TZ", "TMPDIR", "XDG_RUNTIME_DIR", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy",
	"https_proxy", "no_proxy", "SSL_CERT_FILE", "SSL_CERT_DIR", "NODE_EXTRA_CA_CERTS",
}

// steering are variables that steer an interpreter or loader: they never pass.
var steering = []string{"NODE_OPTIONS", "LD_*", "DYLD_*", "PYTHON*", "BASH_ENV", "ENV", "PERL5*", "RUBYOPT", "GODEBUG"}

func environment(wanted *description) []string {
	names := allowed
	if wanted != nil {
		names = append(append([]string{}, allowed...), wanted.Environment...)
	}
	var passed []string
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		if isAmong(names, name) && !isAmong(steering, name) {
			passed = append(passed, variable)
		}
	}
	return passed
}

func isAmong(patterns []string, name string) bool {
	for _, pattern := range patterns {
		prefix, isPrefix := strings.CutSuffix(pattern, "*")
		if name == pattern || isPrefix && strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

package outrigger_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	outrigger "github.com/outrigger/outrigger/sdks/go"
)

type config struct {
	Bucket  string         `parameter:"bucket" required:"true"`
	Secret  string         `parameter:"secretkey" secret:"true"`
	Secure  bool           `parameter:"secure" default:"true"`
	Size    int            `parameter:"chunksize" default:"5" minimum:"1"`
	Timeout time.Duration  `parameter:"timeout" default:"30s"`
	Class   string         `parameter:"class" default:"hot" choices:"hot,cold"`
	Extra   map[string]any `parameter:"extra"`
}

func TestDecode(t *testing.T) {
	given := outrigger.Parameters{
		"bucket": json.Number("7"), "secure": "False", "chunksize": "12", "timeout": "1m", "class": nil, "extra": map[string]any{"a": true},
	}
	got, err := outrigger.Decode[config](given)
	expected := config{Bucket: "7", Secure: false, Size: 12, Timeout: time.Minute, Class: "hot", Extra: map[string]any{"a": true}}
	if err != nil || !reflect.DeepEqual(got, expected) {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestDecodeNamesKeysAndNeverValues(t *testing.T) {
	_, err := outrigger.Decode[config](outrigger.Parameters{
		"secure": "hunter22", "chunksize": json.Number("0"), "timeout": "hunter22", "class": "hunter22", "extra": "hunter22", "nosuch": "hunter22",
	})
	var refused *outrigger.ParametersError
	if !errors.As(err, &refused) || len(refused.Issues) != 7 || strings.Contains(err.Error(), "hunter22") {
		t.Errorf("got %v", err)
	}
}

func TestDescribe(t *testing.T) {
	var out, log bytes.Buffer
	driver := outrigger.Driver{Name: "example", Version: "1.2.3", Parameters: outrigger.SchemaOf[config](), Environment: []string{"EXAMPLE_*"}, Prototype: newMemory()}
	if status := outrigger.Run(driver, []string{"--describe"}, strings.NewReader(""), &out, &log); status != 0 {
		t.Fatalf("ended with %d", status)
	}
	var got struct {
		Name, Version string
		Parameters    struct {
			Properties map[string]map[string]any
			Required   []string
		}
		Environment, DataPlanes []string
	}
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if got.Name != "example" || got.Parameters.Properties["secretkey"]["x-secret"] != true || len(got.Parameters.Required) != 1 || len(got.DataPlanes) != 2 {
		t.Errorf("got %s", out.String())
	}
}

func TestArgumentThatIsNoMap(t *testing.T) {
	for _, argument := range []string{"[]", "null", "text", "{} {}", "--nosuch"} {
		var out, log bytes.Buffer
		if status := outrigger.Run(memoryDriver, []string{argument}, strings.NewReader(""), &out, &log); status != 64 || log.Len() == 0 {
			t.Errorf("%s: ended with %d, %q", argument, status, log.String())
		}
	}
}

func TestCheckPath(t *testing.T) {
	for _, path := range []string{"", "/", "a", "/a/", "/a//b", "/a/../b", "/.", "/a b", "/ü", "/a\x00", "/" + strings.Repeat("a", 1024)} {
		if err := outrigger.CheckPath(path); !errors.Is(err, outrigger.ErrInvalidPath) {
			t.Errorf("%q: %v", path, err)
		}
	}
	for _, path := range []string{"/a", "/a/b.c_d-e", "/...", "/" + strings.Repeat("a", 1023)} {
		if err := outrigger.CheckPath(path); err != nil {
			t.Errorf("%q: %v", path, err)
		}
	}
}

func TestComparePathsIsTheOrderOfAWalk(t *testing.T) {
	order := []string{"/a", "/a/x", "/a-b", "/a.b", "/b"}
	for i := range len(order) - 1 {
		if outrigger.ComparePaths(order[i], order[i+1]) >= 0 {
			t.Errorf("%s is not before %s", order[i], order[i+1])
		}
	}
}

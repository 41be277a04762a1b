package main

import (
	"errors"
	"io"
	"strings"
	"testing"

	outrigger "github.com/outrigger/outrigger/sdks/go"
)

// `make conformance` proves the contract. Here is what is the driver's own.

func TestKeepsWhatWasPutAndNothingThatWasDeleted(t *testing.T) {
	driver, err := open(t.Context(), outrigger.Parameters{"bucket": "test-bucket"})
	if err != nil {
		t.Fatal(err)
	}
	if err := driver.Put(t.Context(), "/a/b", []byte("hello")); err != nil {
		t.Fatal(err)
	}
	content, err := driver.Read(t.Context(), "/a/b", outrigger.ReadOptions{Length: outrigger.ToTheEnd})
	if err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(content.Body); err != nil || string(text) != "hello" {
		t.Fatalf("read %q, %v", text, err)
	}
	if err := driver.Delete(t.Context(), "/a"); err != nil {
		t.Fatal(err)
	}
	if _, err := driver.Stat(t.Context(), "/a"); !errors.Is(err, outrigger.ErrPathNotFound) {
		t.Fatalf("stat: %v", err)
	}
}

func TestRefusesParametersByTheirNamesAndKeepsTheirValuesToItself(t *testing.T) {
	for _, given := range []outrigger.Parameters{
		{"bucket": "HUNTER2"},
		{"bucket": "test-bucket", "colour": "HUNTER2"},
		{},
	} {
		var refused *outrigger.ParametersError
		if _, err := open(t.Context(), given); !errors.As(err, &refused) || strings.Contains(err.Error(), "HUNTER2") {
			t.Errorf("%d parameters: %v", len(given), err)
		}
	}
}

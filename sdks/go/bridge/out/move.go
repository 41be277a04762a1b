package out

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	storagedriver "github.com/distribution/distribution/v3/registry/storage/driver"

	outrigger "github.com/outrigger/outrigger/sdks/go"
)

// Move implements outrigger.StorageDriver. Distribution moves objects; of a directory they are moved one by one.
func (s *store) Move(ctx context.Context, source, destination string) error {
	info, err := s.Stat(ctx, source)
	switch {
	case err != nil:
		return err
	case source == destination:
		return nil
	case outrigger.IsBelow(destination, source):
		return outrigger.BadPath(destination, "it lies below the source")
	}
	if found, err := s.Stat(ctx, destination); err == nil && (found.IsDir || info.IsDir) {
		return outrigger.BadPath(destination, "something else is there")
	}
	if !info.IsDir {
		return toError(s.driver.Move(ctx, source, destination), destination, toMake)
	}
	objects, err := s.objectsBelow(ctx, source)
	if err != nil {
		return err
	}
	for _, object := range objects {
		if err := s.driver.Move(ctx, object, destination+strings.TrimPrefix(object, source)); err != nil {
			return toError(err, destination, toMake)
		}
	}
	// Directories that are nothing but names are gone with their content, or go now.
	if err := s.Delete(ctx, source); err != nil && !errors.Is(err, outrigger.ErrPathNotFound) {
		return err
	}
	return nil
}

func (s *store) objectsBelow(ctx context.Context, path string) ([]string, error) {
	var objects []string
	err := s.driver.Walk(ctx, path, func(info storagedriver.FileInfo) error {
		if !info.IsDir() {
			objects = append(objects, info.Path())
		}
		return nil
	})
	return objects, toError(err, path, toLook)
}

// RedirectURL implements outrigger.Redirector.
func (s *store) RedirectURL(ctx context.Context, path string, request outrigger.RedirectRequest) (*outrigger.Redirect, error) {
	scheme := request.Scheme
	if scheme == "" {
		scheme = "https"
	}
	original := &http.Request{
		Method: request.Method, Host: request.Host, RemoteAddr: request.ClientIP, Header: http.Header{},
		URL: &url.URL{Scheme: scheme, Host: request.Host, Path: "/"},
	}
	for name, value := range request.Headers {
		original.Header.Set(name, value)
	}
	found, err := s.driver.RedirectURL(original.WithContext(ctx), path)
	var unsupported storagedriver.ErrUnsupportedMethod
	if errors.As(err, &unsupported) || err == nil && found == "" {
		return nil, nil
	}
	if err != nil {
		return nil, toError(err, path, toLook)
	}
	return &outrigger.Redirect{URL: found}, nil
}

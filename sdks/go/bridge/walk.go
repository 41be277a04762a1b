package bridge

import (
	"context"
	"errors"

	storagedriver "github.com/distribution/distribution/v3/registry/storage/driver"
)

// Walk implements storagedriver.StorageDriver.
func (d *driver) Walk(ctx context.Context, from string, visit storagedriver.WalkFn, options ...func(*storagedriver.WalkOptions)) error {
	capabilities, err := d.process.Capabilities(ctx)
	if err != nil {
		return d.toError(from, err)
	}
	if !capabilities.Walk {
		return storagedriver.WalkFallback(ctx, d, from, visit, options...)
	}
	var wanted storagedriver.WalkOptions
	for _, option := range options {
		option(&wanted)
	}
	after, skipChildren := wanted.StartAfterHint, false
	for {
		var page walkPage
		params := map[string]any{"path": from}
		if after != "" {
			params["after"], params["skipChildren"] = after, skipChildren
		}
		if err := d.process.Call(ctx, "walk", params, &page); err != nil {
			return d.toError(from, err)
		}
		var done bool
		if after, skipChildren, done, err = page.visit(visit); err != nil || done {
			return err
		}
	}
}

type walkPage struct {
	Entries []fileInfo `json:"entries"`
	Done    bool       `json:"done"`
}

// visit calls back for the entries, and says where the next page starts: behind a directory that is skipped, it is asked for
// anew.
func (p walkPage) visit(visit storagedriver.WalkFn) (after string, skipChildren, done bool, err error) {
	for _, entry := range p.Entries {
		after = entry.Path
		err := visit(entry.toDistribution())
		switch {
		case err == nil:
		case errors.Is(err, storagedriver.ErrFilledBuffer):
			return after, false, true, nil
		case !errors.Is(err, storagedriver.ErrSkipDir):
			return after, false, true, err
		case entry.IsDir:
			return after, true, false, nil
		}
	}
	return after, false, p.Done || len(p.Entries) == 0, nil
}

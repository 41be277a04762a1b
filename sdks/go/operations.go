package outrigger

import (
	"context"
	"math"
)

// operation is a method of a session that is ready.
type operation struct {
	// prepare reads the params, in the order in which requests come, and answers what works on them.
	prepare func(s *served, p *params) func(ctx context.Context) (any, error)
	// isKept says that it is worked on to its end: what cannot be taken back is not cancelled.
	isKept bool
}

var operations = map[string]operation{
	"stat":          {prepare: stat},
	"list":          {prepare: list},
	"walk":          {prepare: walk},
	"get":           {prepare: get},
	"put":           {prepare: put, isKept: true},
	"read":          {prepare: read},
	"writer/open":   {prepare: openWriter, isKept: true},
	"writer/write":  {prepare: write, isKept: true},
	"writer/commit": {prepare: commit, isKept: true},
	"writer/close":  {prepare: closeWriter, isKept: true},
	"writer/cancel": {prepare: cancelWriter, isKept: true},
	"move":          {prepare: move, isKept: true},
	"copy":          {prepare: copyObject, isKept: true},
	"delete":        {prepare: remove, isKept: true},
	"redirectURL":   {prepare: redirectURL},
}

// maxPageEntries is that of version 1.
const maxPageEntries = 1000

func stat(s *served, p *params) func(context.Context) (any, error) {
	path := p.text("path")
	return func(ctx context.Context) (any, error) {
		if err := checkDirectoryPath(path); err != nil {
			return nil, err
		}
		info, err := s.driver.Stat(ctx, path)
		return toFileInfo(info), about(path, err)
	}
}

func list(s *served, p *params) func(context.Context) (any, error) {
	path, cursor := p.text("path"), p.optionalText("cursor", 4096)
	limit := int(p.optionalInteger("limit", 1, maxPageEntries, maxPageEntries))
	return func(ctx context.Context) (any, error) {
		if err := checkDirectoryPath(path); err != nil {
			return nil, err
		}
		return fitPage(s.limits, limit, func(limit int) (any, int, error) {
			page, err := s.driver.List(ctx, path, ListOptions{cursor, limit})
			if err != nil {
				return nil, 0, about(path, err)
			}
			entries := make([]listEntry, len(page.Entries))
			for i, entry := range page.Entries {
				entries[i] = toListEntry(entry)
			}
			return listPage{entries, page.Cursor}, len(entries), nil
		})
	}
}

func walk(s *served, p *params) func(context.Context) (any, error) {
	path, after, skip := p.text("path"), p.optionalText("after", MaxPathBytes), p.flag("skipChildren")
	limit := int(p.optionalInteger("limit", 1, maxPageEntries, maxPageEntries))
	return func(ctx context.Context) (any, error) {
		if err := checkDirectoryPath(path); err != nil {
			return nil, err
		}
		walker, ok := s.driver.(Walker)
		if !ok {
			return nil, Unsupported("walk", path)
		}
		return fitPage(s.limits, limit, func(limit int) (any, int, error) {
			page, err := walker.Walk(ctx, path, WalkOptions{after, skip, limit})
			if err != nil {
				return nil, 0, about(path, err)
			}
			entries := make([]fileInfo, len(page.Entries))
			for i, entry := range page.Entries {
				entries[i] = toFileInfo(entry)
			}
			return walkPage{entries, page.Done}, len(entries), nil
		})
	}
}

func put(s *served, p *params) func(context.Context) (any, error) {
	path, content := p.text("path"), p.bytes("content")
	return func(ctx context.Context) (any, error) {
		if err := CheckPath(path); err != nil {
			return nil, err
		}
		if len(content) > s.limits.smallContentBytes {
			return nil, Unsupported("a put of more than smallContentBytes", path)
		}
		return struct{}{}, about(path, s.driver.Put(ctx, path, content))
	}
}

func move(s *served, p *params) func(context.Context) (any, error) {
	return fromTo(p, s.driver.Move)
}

func copyObject(s *served, p *params) func(context.Context) (any, error) {
	copier, ok := s.driver.(Copier)
	if !ok {
		return fromTo(p, func(_ context.Context, source, _ string) error { return Unsupported("copy", source) })
	}
	return fromTo(p, copier.Copy)
}

func fromTo(p *params, run func(ctx context.Context, source, destination string) error) func(context.Context) (any, error) {
	source, destination := p.text("source"), p.text("destination")
	return func(ctx context.Context) (any, error) {
		if err := CheckPath(source); err != nil {
			return nil, err
		}
		if err := CheckPath(destination); err != nil {
			return nil, err
		}
		return struct{}{}, about(source, run(ctx, source, destination))
	}
}

func remove(s *served, p *params) func(context.Context) (any, error) {
	path := p.text("path")
	return func(ctx context.Context) (any, error) {
		if err := CheckPath(path); err != nil {
			return nil, err
		}
		return struct{}{}, about(path, s.driver.Delete(ctx, path))
	}
}

func redirectURL(s *served, p *params) func(context.Context) (any, error) {
	path := p.text("path")
	request := RedirectRequest{
		p.text("method"), p.optionalText("scheme", math.MaxInt), p.optionalText("host", math.MaxInt),
		p.optionalText("clientIp", math.MaxInt), p.texts("headers"),
	}
	return func(ctx context.Context) (any, error) {
		if err := CheckPath(path); err != nil {
			return nil, err
		}
		redirector, ok := s.driver.(Redirector)
		if !ok {
			return redirect{}, nil
		}
		found, err := redirector.RedirectURL(ctx, path, request)
		return toRedirect(found), about(path, err)
	}
}

// about puts the path into an error that has none. A nil *Error would be an error.
func about(path string, err error) error {
	if err == nil {
		return nil
	}
	return asError(err, path)
}

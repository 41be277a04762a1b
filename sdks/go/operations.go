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

func stat(s *served, p *params) func(context.Context) (any, error) {
	path := p.text("path")
	return at(path, checkDirectoryPath, func(ctx context.Context) (any, error) {
		info, err := s.driver.Stat(ctx, path)
		return toFileInfo(info), err
	})
}

func list(s *served, p *params) func(context.Context) (any, error) {
	path, cursor, limit := p.text("path"), p.optionalText("cursor", 4096), p.pageLimit()
	return at(path, checkDirectoryPath, func(ctx context.Context) (any, error) {
		return fitPage(s.limits, limit, func(limit int) (any, int, error) {
			page, err := s.driver.List(ctx, path, ListOptions{cursor, limit})
			return listPage{eachOf(page.Entries, toListEntry), page.Cursor}, len(page.Entries), err
		})
	})
}

func walk(s *served, p *params) func(context.Context) (any, error) {
	path, after, skip := p.text("path"), p.optionalText("after", MaxPathBytes), p.flag("skipChildren")
	limit := p.pageLimit()
	return at(path, checkDirectoryPath, func(ctx context.Context) (any, error) {
		walker, ok := s.driver.(Walker)
		if !ok {
			return nil, Unsupported("walk", path)
		}
		return fitPage(s.limits, limit, func(limit int) (any, int, error) {
			page, err := walker.Walk(ctx, path, WalkOptions{after, skip, limit})
			return walkPage{eachOf(page.Entries, toFileInfo), page.Done}, len(page.Entries), err
		})
	})
}

func put(s *served, p *params) func(context.Context) (any, error) {
	path, content := p.text("path"), p.bytes("content")
	return at(path, CheckPath, func(ctx context.Context) (any, error) {
		if len(content) > s.limits.smallContentBytes {
			return nil, Unsupported("a put of more than smallContentBytes", path)
		}
		return struct{}{}, s.driver.Put(ctx, path, content)
	})
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
	return at(source, CheckPath, func(ctx context.Context) (any, error) {
		if err := CheckPath(destination); err != nil {
			return nil, err
		}
		return struct{}{}, run(ctx, source, destination)
	})
}

func remove(s *served, p *params) func(context.Context) (any, error) {
	path := p.text("path")
	return at(path, CheckPath, func(ctx context.Context) (any, error) {
		return struct{}{}, s.driver.Delete(ctx, path)
	})
}

func redirectURL(s *served, p *params) func(context.Context) (any, error) {
	path := p.text("path")
	request := RedirectRequest{
		p.text("method"), p.optionalText("scheme", math.MaxInt), p.optionalText("host", math.MaxInt),
		p.optionalText("clientIp", math.MaxInt), p.texts("headers"),
	}
	return at(path, CheckPath, func(ctx context.Context) (any, error) {
		redirector, ok := s.driver.(Redirector)
		if !ok {
			return redirect{}, nil
		}
		found, err := redirector.RedirectURL(ctx, path, request)
		return toRedirect(found), err
	})
}

// at makes a call about a path: of one that passes its check, and whose errors have the path.
func at(path string, check func(string) error, run func(context.Context) (any, error)) func(context.Context) (any, error) {
	return func(ctx context.Context) (any, error) {
		if err := check(path); err != nil {
			return nil, err
		}
		result, err := run(ctx)
		return result, about(path, err)
	}
}

func eachOf[From, To any](from []From, convert func(From) To) []To {
	to := make([]To, len(from))
	for i, each := range from {
		to[i] = convert(each)
	}
	return to
}

// about puts the path into an error that has none. A nil *Error would be an error.
func about(path string, err error) error {
	if err == nil {
		return nil
	}
	return asError(err, path)
}

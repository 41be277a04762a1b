package outrigger

import (
	"context"
	"regexp"
	"strings"
)

type traceKey struct{}

// Traceparent is the W3C trace context of the request that a context belongs to; empty outside of traced work.
func Traceparent(ctx context.Context) string {
	parent, _ := ctx.Value(traceKey{}).(string)
	return parent
}

// https://www.w3.org/TR/trace-context/, version 00; all zeros are no ids.
var traceparentPattern = regexp.MustCompile(`^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$`)

func withTraceparent(ctx context.Context, parent string) context.Context {
	if !traceparentPattern.MatchString(parent) || strings.Trim(parent[3:35], "0") == "" || strings.Trim(parent[36:52], "0") == "" {
		return ctx
	}
	return context.WithValue(ctx, traceKey{}, parent)
}

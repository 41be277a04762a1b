"""One host on one pair of streams: docs/protocol/session.md."""

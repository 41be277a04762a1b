"""Bytes to messages and back: docs/protocol/framing.md."""

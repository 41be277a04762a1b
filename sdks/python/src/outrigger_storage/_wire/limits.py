"""The limits table of docs/protocol/framing.md."""

from __future__ import annotations

from dataclasses import dataclass

from .params import Params


@dataclass(frozen=True)
class Limits:
    """The values of version 1; the host may send others."""

    header_bytes: int = 4096
    message_bytes: int = 1024 * 1024
    nesting: int = 32
    inline_chunk_bytes: int = 256 * 1024
    small_content_bytes: int = 32 * 1024
    put_bytes: int = 8 * 1024 * 1024
    page_entries: int = 1000
    streams: int = 256
    preamble_bytes: int = 4096

    @classmethod
    def from_params(cls, params: Params) -> Limits:
        return cls(
            header_bytes=params.size("headerBytes"),
            message_bytes=params.size("messageBytes"),
            nesting=params.size("nesting"),
            inline_chunk_bytes=params.size("inlineChunkBytes"),
            small_content_bytes=params.size("smallContentBytes"),
            put_bytes=params.size("putBytes"),
            page_entries=params.size("pageEntries"),
            streams=params.size("streams"),
            preamble_bytes=params.size("preambleBytes"),
        )


VERSION_1 = Limits()

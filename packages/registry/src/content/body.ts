/** Content on its way in. */
export interface Body {
  /** Bytes that were announced, if they were. */
  readonly length: number | undefined;
  /**
   * Hands every chunk to `take`, in order. Rejects when the sender breaks off, and with what `take` throws or rejects with: the rest
   * is then left where it is. Once only.
   */
  pour(take: Take): Promise<void>;
}

/**
 * Takes a chunk. Its memory may be used again after it was taken; that of a request's chunks is not. Pushed and not pulled: four thousand chunks of a push of 256 MiB each cost several
 * promises otherwise, and wait in a queue until they have left the cache of the processor.
 *
 * @returns a promise when no more is wanted before it resolves
 */
export type Take = (chunk: Uint8Array) => Promise<void> | undefined;

/** A body of chunks that are asked for. */
export function bodyOf(chunks: AsyncIterable<Uint8Array>, length: number | undefined): Body {
  return {
    length,
    async pour(take) {
      for await (const chunk of chunks) await take(chunk);
    },
  };
}

/** The last bytes of content that is on its way, so that those who follow it need not read them again. */
export interface TailWindow {
  /** Bytes that have come. */
  readonly received: number;
  add(chunk: Buffer): void;
  /**
   * What is there from a position on, up to the end of the piece that holds it; undefined when it is there no more, or not yet.
   */
  from(position: number): Buffer | undefined;
  clear(): void;
}

/** @param limit - bytes that are kept at the most, besides the newest piece */
export function createTailWindow(limit: number): TailWindow {
  let pieces: { start: number; chunk: Buffer }[] = [];
  let received = 0;
  let held = 0;
  return {
    get received() {
      return received;
    },
    add(chunk) {
      pieces.push({ start: received, chunk });
      received += chunk.length;
      held += chunk.length;
      for (
        let first = pieces[0];
        held > limit && pieces.length > 1 && first !== undefined;
        first = pieces[0]
      ) {
        held -= first.chunk.length;
        pieces.shift();
      }
    },
    from(position) {
      const piece = pieces.find(({ start, chunk }) => position >= start && position < start + chunk.length);
      return piece?.chunk.subarray(position - piece.start);
    },
    clear() {
      pieces = [];
      held = 0;
    },
  };
}

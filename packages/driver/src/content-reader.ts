/**
 * Reads content from a fixed position to its end, into buffers that belong to the caller: nothing is allocated per
 * chunk, and a consumer decides how much is in memory at a time.
 *
 * A reader with a version gives bytes of that version only: when the content is replaced or deleted meanwhile, reading
 * goes on or ends in an error, and never mixes two contents.
 */
export interface ContentReader {
  /** Size of the whole object when it was opened, in bytes, whatever offset and length were asked for. */
  readonly size: number;
  readonly modTime: Date;
  /** See {@link FileInfo.version}. */
  readonly version?: string;

  /**
   * Fills `into` from its start and answers how many bytes were written to it: at least 1, or 0 at the end of the
   * content, then and after. One call at a time. `into` may be reused as soon as the promise has settled.
   *
   * @throws StorageError CANCELLED after the signal given at open was aborted, ALREADY_CLOSED after `close`.
   */
  read(into: Uint8Array): Promise<number>;

  /** Gives everything back; idempotent; allowed at any point, also during a read. Never rejects. */
  close(): Promise<void>;
}

/**
 * Writes content in order. A writer belongs to one process: what survives it is what {@link FileWriter.close} or
 * `commit` made durable, and `mode: 'append'` continues from there.
 */
export interface FileWriter {
  /** Of a driver with `localFiles`, where it can: who runs on the same machine may write the file itself. */
  readonly local?: LocalTarget | undefined;

  /** Bytes that the content has with all that was accepted so far, those that an append found included. Still true after `close`. */
  readonly size: number;

  /**
   * Appends `chunk`. Resolves when the buffer may be reused and the next chunk is welcome, which says nothing about
   * durability. One call at a time.
   *
   * @throws StorageError ALREADY_CLOSED after close, commit or cancel; QUOTA_EXCEEDED when the store is full.
   */
  write(chunk: Uint8Array): Promise<void>;

  /**
   * Makes what was accepted durable and resumable (`mode: 'append'`), without promising that it can be read. An
   * isolated writer that was not committed is discarded instead. After a commit or a cancel it does nothing; a second close rejects.
   *
   * @throws StorageError ALREADY_CLOSED when it was closed before.
   */
  close(): Promise<void>;

  /**
   * Makes the content durable and visible to `get`, `reader` and `stat`. Only a commit makes content real.
   *
   * @throws StorageError ALREADY_CLOSED after close, commit or cancel.
   */
  commit(): Promise<void>;

  /**
   * Capability `commitTo`, not of an isolated writer: commits, and the content appears at another path, atomically, in place of
   * what is there; nothing stays at the writer's own. As a commit and a move, without the step between them.
   *
   * @throws StorageError as `commit`; UNSUPPORTED, INVALID_PATH
   */
  commitTo?(path: string): Promise<void>;

  /**
   * Removes what this writer wrote.
   *
   * @throws StorageError ALREADY_CLOSED after close or commit, or when it was cancelled before.
   */
  cancel(): Promise<void>;
}

/**
 * The file behind a writer. Whoever writes to it checks `dev` and `ino` after opening it, writes in order, at the writer's size and
 * behind it, tells the writer with {@link accept}, and never mixes this with {@link FileWriter.write} at the same time.
 */
export interface LocalTarget {
  readonly localPath: string;
  readonly dev: number;
  readonly ino: number;
  /**
   * The next `count` bytes are in the file. What is in the file beyond the writer's size is not the writer's, and
   * is gone after its end.
   */
  accept(count: number): Promise<void>;
}

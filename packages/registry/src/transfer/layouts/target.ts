import type { Body } from '../../content/body.js';

/** Files that a layout is written to: a directory or an archive. */
export interface LayoutTarget {
  /** In bytes; undefined when it is not there. */
  size(path: string): Promise<number | undefined>;
  /** The whole of a small file that is there already. */
  read(path: string): Promise<Buffer | undefined>;
  /**
   * Writes a file of which nothing can be seen before it is whole.
   *
   * @param accept - called when all bytes have come; what it throws keeps the file away
   */
  write(path: string, body: Body & { readonly length: number }, accept: () => void): Promise<void>;
  /** Makes what was written last for good. */
  finish(): Promise<void>;
  /** Gives up what is not finished; harmless afterwards. */
  close(): Promise<void>;
}

import { UnreadableSourceError } from '../failure.js';
import type { SourceBlob } from '../source.js';

/** The files of a directory or an archive. Paths are relative, with `/` between their parts and nothing to leave the top by. */
export interface Files {
  /** The directories that hold an OCI image layout, in order; `''` is the top itself. */
  layouts(): Promise<string[]>;
  /**
   * The whole of a small file; undefined when it is not there.
   *
   * @throws UnreadableSourceError it has more than `limit` bytes
   */
  read(path: string, limit: number): Promise<Buffer | undefined>;
  /** In bytes; undefined when it is not there. */
  size(path: string): Promise<number | undefined>;
  open(path: string): Promise<SourceBlob | undefined>;
  close(): Promise<void>;
}

/** A file of this name makes a directory a layout (image-spec, image-layout.md). */
export const MARKER = 'oci-layout';
export const INDEX = 'index.json';
/** The largest index.json that is read, in bytes: some hundred thousand images. */
export const INDEX_LIMIT = 64 * 1024 * 1024;
export const BLOBS = 'blobs';

export function tooLarge(path: string, limit: number): UnreadableSourceError {
  return new UnreadableSourceError(`${path} has more than the ${limit} bytes that are read of it`);
}

/**
 * Optional powers of a driver. What is declared is tested by the conformance suite; what is not declared is never
 * used. A capability that this version does not know is kept out of this type and ignored by the host.
 */
export interface Capabilities {
  /** {@link StorageDriver.walk} is implemented: whole subtrees come in pages, in walk order. */
  readonly walk?: boolean;
  /** {@link StorageDriver.redirectURL} is implemented and may answer with a URL. */
  readonly redirectURL?: boolean;
  /** {@link StorageDriver.copy} is implemented on the server's side: no byte travels through the driver. */
  readonly copy?: boolean;
  /** A reader of the destination of a `move` sees the old or the new content, never neither and never a part. */
  readonly atomicMove?: boolean;
  /**
   * A `move` of a directory takes all below it at once. What somebody puts there meanwhile goes with it or comes to be at the old place
   * behind it; nothing of it is lost.
   */
  readonly atomicDirectoryMove?: boolean;
  /** Writers may be opened with `mode: 'isolated'`. */
  readonly isolatedWriters?: boolean;
  /** Writers have {@link FileWriter.commitTo}, but for isolated ones. */
  readonly commitTo?: boolean;
  /** {@link StorageDriver.localFile} is implemented: content lies in regular files below {@link roots}. */
  readonly localFiles?: boolean;
  /** Absolute, resolved directories that hold every local file. Present if and only if `localFiles` is. */
  readonly roots?: readonly string[];
}

/** The names of the capabilities of version 1 that are switches. */
export const CAPABILITY_NAMES = [
  'walk',
  'redirectURL',
  'copy',
  'atomicMove',
  'atomicDirectoryMove',
  'isolatedWriters',
  'commitTo',
  'localFiles',
] as const satisfies readonly (keyof Capabilities)[];

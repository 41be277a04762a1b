/** What `stat` and `walk` tell of a path. */
export interface FileInfo {
  /** The full path, as it was asked for. */
  readonly path: string;
  /** Bytes; 0 for a directory. */
  readonly size: number;
  /** Time of the last change of the content; the creation time where a backend knows no other. */
  readonly modTime: Date;
  readonly isDir: boolean;
  /**
   * Names these very bytes at this path: a change of the content changes the version. Opaque. Absent for
   * directories, and where a backend has nothing of the kind.
   */
  readonly version?: string;
}

/** One direct child in a `list` page. Size and time are present when they cost the driver nothing. */
export interface ListEntry {
  /** Full absolute path of the child. */
  readonly path: string;
  readonly isDir?: boolean;
  readonly size?: number;
  readonly modTime?: Date;
}

export interface ListPage {
  /** In ascending order of their names (byte order), at most `limit` of them. */
  readonly entries: readonly ListEntry[];
  /** Where the next page starts; absent on the last page. Self-contained: valid in another process and after a restart. */
  readonly cursor?: string;
}

export interface WalkPage {
  /** In walk order (see `comparePaths`), directories before their children. */
  readonly entries: readonly FileInfo[];
  /** True when nothing comes after the last entry of this page. An empty page is always the last. */
  readonly done: boolean;
}

/** Where a file of a driver with `localFiles` lies. The caller checks `dev` and `ino` after it opened it. */
export interface LocalFile {
  readonly localPath: string;
  readonly size: number;
  readonly modTime: Date;
  readonly dev: number;
  readonly ino: number;
  readonly version?: string;
}

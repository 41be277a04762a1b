export interface CopyRequest {
  readonly source: string;
  readonly destination: string;
  readonly signal?: AbortSignal | undefined;
  /** ETag: only this version of the source; another one counts as absent. */
  readonly sourceETag?: string | undefined;
}

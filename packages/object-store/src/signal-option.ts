/** As the last argument of what can be aborted. */
export interface SignalOption {
  readonly signal?: AbortSignal | undefined;
}

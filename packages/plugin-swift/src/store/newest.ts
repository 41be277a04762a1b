import type { Store } from './context.js';

export interface NewestOptions {
  readonly query?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** A request for an object, or to hear that there is none: of all its replicas the newest answers. */
export function newestOf(
  { layout }: Store,
  method: 'GET' | 'HEAD',
  key: string,
  { query = {}, signal }: NewestOptions,
) {
  const headers = { 'x-newest': 'true' };
  return { method, path: layout.pathOf(key), query, headers, accept: [404], signal } as const;
}

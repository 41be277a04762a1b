import type { WrapParts } from '../src/index.js';

/** Nobody reads the log. */
export const SILENT: WrapParts = { log: { info: () => undefined, warn: () => undefined } };

/** Keeps the messages. */
export function recording(): WrapParts & { readonly lines: string[] } {
  const lines: string[] = [];
  const keep = (fields: object, message: string) => void lines.push(`${message} ${JSON.stringify(fields)}`);
  return { log: { info: keep, warn: keep }, lines };
}

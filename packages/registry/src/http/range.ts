/** A part of content that a client asks for: both ends known, or the last `suffix` bytes. */
export type ByteRange =
  { readonly first: number; readonly last: number | undefined } | { readonly suffix: number };

/**
 * Reads a `Range` header (RFC 9110, 14.2).
 *
 * @returns undefined when the header is to be ignored: another unit, no valid syntax, or several ranges;
 *   `unsatisfiable` when the range ends before it begins
 */
export function parseRange(header: string | undefined): ByteRange | 'unsatisfiable' | undefined {
  const match = header === undefined ? null : RANGE_PATTERN.exec(header);
  if (match === null) return undefined;
  const [, start = '', end = ''] = match;
  const [first, last] = [Number(start), Number(end)];
  if (start === '') return end === '' ? undefined : last === 0 ? 'unsatisfiable' : { suffix: last };
  if (end === '') return { first, last: undefined };
  return last < first ? 'unsatisfiable' : { first, last };
}

/** The bytes of a range in content of `size` bytes; undefined when there are none. */
export function resolveRange(range: ByteRange, size: number): { offset: number; length: number } | undefined {
  const offset = 'suffix' in range ? Math.max(0, size - range.suffix) : range.first;
  const end = 'suffix' in range || range.last === undefined ? size : Math.min(size, range.last + 1);
  return offset < end ? { offset, length: end - offset } : undefined;
}

/** 15 digits are always a safe integer. */
const RANGE_PATTERN = /^bytes=[ \t]*([0-9]{0,15})-([0-9]{0,15})[ \t]*$/;

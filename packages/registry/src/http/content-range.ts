import { RegistryError } from '../registry-error.js';

/**
 * Reads the `Content-Range` of a chunk, which is not that of RFC 9110 (distribution-spec, "Pushing a blob in chunks").
 *
 * @param length - of the body, where it is known
 * @returns the positions of the chunk's first and last bytes, where the client says them
 * @throws RegistryError BLOB_UPLOAD_INVALID for another form; SIZE_INVALID when it does not fit the length
 */
export function parseContentRange(
  header: string | undefined,
  length: number | undefined,
): { readonly first: number; readonly last: number } | undefined {
  if (header === undefined) return undefined;
  const match = /^([0-9]{1,15})-([0-9]{1,15})$/.exec(header);
  const [first, last] = [Number(match?.[1]), Number(match?.[2])];
  if (match === null || last < first) throw new RegistryError('BLOB_UPLOAD_INVALID', 'invalid Content-Range');
  if (length !== undefined && length !== last - first + 1) {
    throw new RegistryError('SIZE_INVALID', 'the Content-Range does not have the length of the body', {
      length,
    });
  }
  return { first, last };
}

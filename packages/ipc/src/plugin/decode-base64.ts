import { ErrorCodes, ResponseError } from 'vscode-jsonrpc/node';
import { fromBase64 } from '../protocol/base64.js';

/**
 * The bytes of base64 in a request.
 *
 * @param field - of the params, for the error
 * @throws ResponseError -32602 for a text that is none
 */
export function decodeBase64(text: string, field: string): Buffer {
  const bytes = fromBase64(text);
  if (bytes !== undefined) return bytes;
  throw new ResponseError(ErrorCodes.InvalidParams, `params.${field}: not base64 with padding`);
}

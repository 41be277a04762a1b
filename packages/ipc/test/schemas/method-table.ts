import { HANDSHAKE_ERROR_NUMBERS, LIMITS, METHODS, STORAGE_ERROR_NUMBERS } from '../../src/index.js';
import { NOTIFICATIONS } from './schema-bundle.js';

/** What a generator of code for another language needs besides the schemas. */
export function methodTable(): object {
  return {
    protocolVersion: 1,
    requests: METHODS.map(({ name, summary, errors, idleTimeoutMs, repeatable }) => ({
      name,
      from: 'host',
      summary,
      params: refTo(`${name}.params`),
      result: refTo(`${name}.result`),
      errors,
      idleTimeoutMs,
      repeatable,
    })),
    notifications: NOTIFICATIONS.map(({ name, from }) => ({ name, from, params: refTo(`${name}.params`) })),
    errors: ERROR_NUMBERS,
    limits: LIMITS,
  };
}

/** All error numbers of version 1, by their names. */
export const ERROR_NUMBERS: Readonly<Record<string, number>> = {
  ...STORAGE_ERROR_NUMBERS,
  ...HANDSHAKE_ERROR_NUMBERS,
  METHOD_NOT_FOUND: -32601,
  INVALID_PARAMS: -32602,
};

/** `/` of a name is escaped as JSON Pointer (RFC 6901) wants it. */
function refTo(name: string): { $ref: string } {
  return { $ref: `protocol.schema.json#/$defs/${name.replaceAll('~', '~0').replaceAll('/', '~1')}` };
}

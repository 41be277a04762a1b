import assert from 'node:assert/strict';
import type { RawAnswer, RawClient, RawExit } from './raw-client.js';

/** JSON-RPC error numbers of the protocol. */
export const CODES = {
  METHOD_NOT_FOUND: -32601,
  INVALID_PARAMS: -32602,
  NOT_INITIALIZED: -32002,
  ALREADY_INITIALIZED: 1101,
  NO_COMMON_VERSION: 1102,
  INVALID_PARAMETERS: 1103,
  PATH_NOT_FOUND: 1001,
  INVALID_PATH: 1002,
  INVALID_OFFSET: 1003,
  UNSUPPORTED: 1004,
  ALREADY_CLOSED: 1005,
  CANCELLED: 1008,
} as const;

/** Asserts that an answer is a result, and gives it. */
export function resultOf(answer: RawAnswer): Record<string, unknown> {
  assert.equal(answer.error, undefined, `the request was refused: ${JSON.stringify(answer.error)}`);
  return recordOf(answer.result, 'the result');
}

/** Asserts that a value is an object, and gives it. */
export function recordOf(value: unknown, what: string): Record<string, unknown> {
  assert.ok(typeof value === 'object' && value !== null && !Array.isArray(value), `${what} is an object`);
  return { ...value };
}

/** Asserts that an answer is an error of this kind, and gives its `data`. */
export function refusedWith(answer: RawAnswer, code: keyof typeof CODES): Record<string, unknown> {
  assert.ok(answer.error !== undefined, `the request was granted, it should have been refused with ${code}`);
  const { code: number, message, data } = answer.error;
  assert.equal(number, CODES[code], `expected ${code}, got ${String(number)}: ${message}`);
  assert.equal(typeof message, 'string', 'an error has a message');
  assert.equal(answer.result, undefined, 'an error has no result');
  return typeof data === 'object' && data !== null ? recordOf(data, 'data') : {};
}

/** Asserts that an answer is a storage error, as number and as `data.code`. */
export function refusedAs(
  answer: RawAnswer,
  code: keyof typeof CODES,
  path?: string,
): Record<string, unknown> {
  const data = refusedWith(answer, code);
  assert.equal(data.code, code, 'data.code');
  if (path !== undefined && data.path !== undefined) assert.equal(data.path, path, 'data.path');
  return data;
}

/** Asserts that the driver still answers. */
export async function alive(client: RawClient): Promise<void> {
  resultOf(await client.request('ping'));
}

/** Asserts that the driver ends by itself. Hosts wait 5 s; here it gets more, since the machine of a test may be a busy one. */
export async function endsBySelf(client: RawClient, why = 'it should end'): Promise<RawExit> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, END_TIMEOUT_MS, undefined);
  });
  const exit = await Promise.race([client.exited, late]);
  clearTimeout(timer);
  assert.ok(exit !== undefined, `the driver still runs ${String(END_TIMEOUT_MS)} ms after ${why}`);
  return exit;
}

const END_TIMEOUT_MS = 20_000;

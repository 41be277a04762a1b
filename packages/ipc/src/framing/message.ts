import { ProtocolViolation, quoteBytes } from './protocol-violation.js';

export type MessageId = string | number;

/** A JSON-RPC 2.0 message. Which of the four kinds it is follows from the fields that it has. */
export interface RpcMessage {
  readonly jsonrpc: '2.0';
  readonly id?: MessageId | null;
  readonly method?: string;
  readonly params?: unknown;
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
}

/**
 * A parsed frame as a message. Batches are not part of this protocol.
 *
 * @throws ProtocolViolation when it is none of request, notification and response
 */
export function toMessage(value: unknown): RpcMessage {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refused(value);
  const fields = value as Record<string, unknown>;
  const fault = fields.method === undefined ? faultOfAnswer(fields) : faultOfCall(fields);
  if (fields.jsonrpc !== '2.0') throw refused(value, '"jsonrpc" is not "2.0"');
  if (fault !== undefined) throw refused(value, fault);
  return value as RpcMessage;
}

function faultOfCall({ id, method, params, result, error }: Record<string, unknown>): string | undefined {
  if (typeof method !== 'string') return '"method" is not a string';
  if (result !== undefined || error !== undefined) return 'it has "method" and "result" or "error"';
  if (!isParams(params)) return '"params" is not an object';
  return isId(id, true) ? undefined : '"id" is neither an integer nor a string of at most 64 characters';
}

function faultOfAnswer({ id, result, error }: Record<string, unknown>): string | undefined {
  if (!isId(id, false)) return 'it has neither "method" nor a good "id"';
  if (result !== undefined && error !== undefined) return 'it has "result" and "error"';
  if (result === undefined && error === undefined) return 'it has neither "result" nor "error"';
  if (error === undefined || isError(error)) return undefined;
  return '"error" is not an object with an integer "code" and a string "message"';
}

function isParams(params: unknown): boolean {
  return params === undefined || (typeof params === 'object' && params !== null);
}

function isId(id: unknown, optional: boolean): boolean {
  if (id === undefined) return optional;
  if (typeof id === 'string') return id.length <= 64;
  return Number.isSafeInteger(id) || (id === null && !optional);
}

function isError(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { code, message } = error as Record<string, unknown>;
  return Number.isSafeInteger(code) && typeof message === 'string';
}

function refused(value: unknown, fault = 'it is not an object'): ProtocolViolation {
  const quoted = quoteBytes(Buffer.from(JSON.stringify(value)));
  return new ProtocolViolation(`not a JSON-RPC 2.0 message: ${fault}: ${quoted}`, {
    see: 'framing.md#messages',
  });
}

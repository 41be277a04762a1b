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
  const { jsonrpc, id, method, params, result, error } = value as Record<string, unknown>;
  const isCall =
    typeof method === 'string' &&
    result === undefined &&
    error === undefined &&
    isParams(params) &&
    isId(id, true);
  const isAnswer =
    method === undefined && isId(id, false) && (result === undefined) !== (error === undefined);
  if (jsonrpc !== '2.0' || (!isCall && !(isAnswer && (error === undefined || isError(error)))))
    throw refused(value);
  return value as RpcMessage;
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

function refused(value: unknown): ProtocolViolation {
  return new ProtocolViolation(
    `not a JSON-RPC 2.0 message: ${quoteBytes(Buffer.from(JSON.stringify(value)))}`,
  );
}

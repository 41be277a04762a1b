import type { RpcMessage, TraceDirection } from '@outrigger/ipc/host';
import type { Secrets } from './secrets.js';
import { MASK } from './secrets.js';

/** One message of the protocol, fit to be printed. */
export interface TraceEntry {
  readonly driver: string;
  readonly pid: number;
  readonly direction: TraceDirection;
  /** Without secrets, and with the length of content in the place of the content. */
  readonly message: RpcMessage;
}

const CONTENT_FIELDS = new Set(['data', 'content']);

/** A copy of a message: secret parameters masked, content elided, one-use tokens and the queries of signed URLs masked. */
export function maskMessage(message: RpcMessage, secrets: Secrets): RpcMessage {
  const { params, result, error } = message;
  return {
    ...message,
    ...(params === undefined
      ? {}
      : {
          params: message.method === 'initialize' ? maskInitialize(params, secrets) : mask(params, secrets),
        }),
    ...(result === undefined ? {} : { result: mask(result, secrets) }),
    ...(error === undefined ? {} : { error: mask(error, secrets) as NonNullable<RpcMessage['error']> }),
  };
}

function maskInitialize(params: unknown, secrets: Secrets): unknown {
  return typeof params === 'object' && params !== null ? { ...params, parameters: secrets.masked } : params;
}

function mask(value: unknown, secrets: Secrets, key?: string): unknown {
  if (typeof value === 'string') return maskText(value, secrets, key);
  if (Array.isArray(value)) return value.map((each) => mask(each, secrets));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, mask(each, secrets, name)]));
}

function maskText(text: string, secrets: Secrets, key: string | undefined): string {
  if (key !== undefined && CONTENT_FIELDS.has(key))
    return `(${String(Buffer.byteLength(text, 'base64'))} bytes)`;
  if (key === 'token') return MASK;
  if (key === 'url') return text.replace(/\?.*$/s, `?${MASK}`);
  return secrets.redact(text);
}

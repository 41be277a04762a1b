import { ProtocolViolation } from '../framing/protocol-violation.js';
import type { Method } from '../protocol/method.js';
import { referenceOf } from '../protocol/explain-mismatch.js';

/** What is wrong with an answer that is of its schema, and still cannot be one to its request. */
export interface Lie {
  readonly method: Method;
  readonly path: string;
  /** Of the answer: `result.entries[3].path`. */
  readonly field: string;
  readonly expected: string;
  readonly received: string;
  /** The section of docs/protocol that says so. Default: the method's own. */
  readonly see?: string;
}

/** The sentence for the author of a driver that lies: which message, which field, what was expected, and where that is written. */
export function toViolation({ method, path, field, expected, received, see }: Lie): ProtocolViolation {
  const what = `${field}: expected ${expected}, received ${received}`;
  return new ProtocolViolation(`an answer to ${method.name} of ${path} that does not fit it: ${what}`, {
    see: see ?? referenceOf(method.name),
  });
}

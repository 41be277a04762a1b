import type { RpcMessage } from '../framing/message.js';
import { cancelRequest } from '../protocol/lifecycle.js';

/** Whether a message says anything to a driver. Of what does not, the log tells; the session goes on. */
export function isHeeded({ method, params }: RpcMessage): boolean {
  if (method === undefined) return ignored('an answer, and a driver asks nothing');
  // vscode-jsonrpc takes the id of a cancelled request for granted.
  if (method === cancelRequest.name && !cancelRequest.params.safeParse(params).success)
    return ignored(`a ${method} that is not of its schema`);
  return true;
}

function ignored(what: string): false {
  process.stderr.write(`ignored what the host sent: ${what}\n`);
  return false;
}

import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from '@outrigger/registry';

/** Writes one line for a request when its answer has ended. */
export type AccessLog = (req: IncomingMessage, res: ServerResponse) => void;

const MAX_TEXT = 512;

export function createAccessLog(log: Logger): AccessLog {
  return (req, res) => {
    const start = performance.now();
    // Gone when the connection is.
    const { socket, method = '', url = '' } = req;
    const { remoteAddress } = socket;
    const sentBefore = socket.bytesWritten;
    res.once('close', () => {
      const fields = {
        method,
        // The query holds the token of an upload.
        path: url.split('?', 1)[0]?.slice(0, MAX_TEXT),
        status: res.statusCode,
        bytes: socket.bytesWritten - sentBefore,
        ms: Math.round((performance.now() - start) * 10) / 10,
        remote: remoteAddress,
        agent: req.headers['user-agent']?.slice(0, MAX_TEXT),
        ...(res.writableFinished ? {} : { complete: false }),
      };
      log.info(fields, 'request');
    });
  };
}

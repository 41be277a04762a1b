import type { IncomingMessage, ServerResponse } from 'node:http';
import type { HealthChecks } from './health-checks.js';

type Handle = (req: IncomingMessage, res: ServerResponse) => void;

const BODY = JSON.stringify({
  errors: [
    {
      code: 'UNAVAILABLE',
      message: 'service unavailable',
      detail: 'health check failed: please see /debug/health',
    },
  ],
});

/** As Distribution (health.Handler): while a check fails, the whole API answers 503. */
export function closeWhileUnhealthy(handle: Handle, checks: HealthChecks): Handle {
  return (req, res) => {
    if (checks.isHealthy) {
      handle(req, res);
      return;
    }
    req.resume();
    res
      .writeHead(503, {
        'Content-Type': 'application/json',
        'Content-Length': Buffer.byteLength(BODY),
        'Docker-Distribution-Api-Version': 'registry/2.0',
        'Retry-After': '10',
        ...(req.httpVersionMajor === 1 ? { Connection: 'close' } : {}),
      })
      .end(req.method === 'HEAD' ? undefined : BODY);
  };
}

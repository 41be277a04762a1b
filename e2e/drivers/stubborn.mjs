// The filesystem driver, which neither ends with its stdin nor at SIGTERM, and has a child that does not either.
import { spawn } from 'node:child_process';
import { serveDriver } from '@outrigger/ipc/plugin';
import { filesystem } from '@outrigger/plugin-fs';

if (process.argv[2] !== '--describe') {
  process.on('SIGTERM', () => undefined);
  process.exit = () => undefined;
  spawn('/bin/sh', ['-c', "trap '' TERM HUP; while :; do sleep 1; done"], { stdio: 'ignore' });
  setInterval(() => undefined, 60_000);
}
await serveDriver({ ...filesystem, name: 'stubborn' });

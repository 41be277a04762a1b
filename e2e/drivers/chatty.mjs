// The filesystem driver, which prints a line on its stdout, where only frames belong, when it gets SIGUSR2.
import { writeSync } from 'node:fs';
import { serveDriver } from '@outrigger/ipc/plugin';
import { filesystem } from '@outrigger/plugin-fs';

process.on('SIGUSR2', () => writeSync(1, 'cache: 3 entries evicted\n'));
await serveDriver({ ...filesystem, name: 'chatty' });

// Started by the primary (worker-pool.ts), with its own arguments of Node.
import { runWorker } from './run-worker.js';

process.title = 'outrigger worker';
await runWorker();

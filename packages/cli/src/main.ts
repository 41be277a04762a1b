#!/usr/bin/env -S node --max-semi-space-size=1 --initial-old-space-size=64 --heap-growing-percent=100
// A small young generation: buffers of bodies that went through are given back soon, some 20 to 100 MiB sooner.
import { run } from './run.js';

process.title = 'outrigger';
await run(process.argv.slice(2));

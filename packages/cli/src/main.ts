#!/usr/bin/env node
import { run } from './run.js';

process.title = 'outrigger';
await run(process.argv.slice(2));

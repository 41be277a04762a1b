#!/usr/bin/env -S node --max-semi-space-size=4
import { serveDriver } from '@outrigger/ipc/plugin';
import { s3 } from './factory.js';

await serveDriver(s3);

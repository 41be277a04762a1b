#!/usr/bin/env -S node --max-semi-space-size=4
import { serveDriver } from '@outrigger/ipc/plugin';
import { oss } from './factory.js';

await serveDriver(oss);

#!/usr/bin/env -S node --max-semi-space-size=4
import { serveDriver } from '@outrigger/ipc/plugin';
import { swift } from './factory.js';

await serveDriver(swift);

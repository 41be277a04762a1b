#!/usr/bin/env -S node --max-semi-space-size=1
import { serveDriver } from '@outrigger/ipc/plugin';
import { sftp } from './factory.js';

await serveDriver(sftp);

#!/usr/bin/env -S node --max-semi-space-size=4
import { serveDriver } from '@outrigger/ipc/plugin';
import { azure } from './factory.js';

await serveDriver(azure);

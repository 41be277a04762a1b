#!/usr/bin/env node
import { serveDriver } from '@outrigger/ipc/plugin';
import { filesystem } from './factory.js';

await serveDriver(filesystem);

#!/usr/bin/env node
import { serveDriver } from '@outrigger/ipc/plugin';
import { inmemory } from './factory.js';

await serveDriver(inmemory);

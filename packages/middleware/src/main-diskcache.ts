#!/usr/bin/env node
import { serveDriver } from '@outrigger/ipc/plugin';
import { cache } from './cache/cache.js';
import { middlewareFactory } from './program/factory.js';

// `storage.cache` is another section of a configuration.
await serveDriver(middlewareFactory(cache, 'diskcache'));

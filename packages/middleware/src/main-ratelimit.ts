#!/usr/bin/env node
import { serveDriver } from '@outrigger/ipc/plugin';
import { ratelimit } from './limits/ratelimit.js';
import { middlewareFactory } from './program/factory.js';

await serveDriver(middlewareFactory(ratelimit));

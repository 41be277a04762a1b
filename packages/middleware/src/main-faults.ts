#!/usr/bin/env node
import { serveDriver } from '@outrigger/ipc/plugin';
import { faults } from './limits/faults.js';
import { middlewareFactory } from './program/factory.js';

await serveDriver(middlewareFactory(faults));

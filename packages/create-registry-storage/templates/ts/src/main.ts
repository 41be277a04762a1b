#!/usr/bin/env node
import { serveDriver } from '@outrigger/ipc/plugin';
import { factory } from './factory.js';

// The library speaks the protocol on stdin and stdout. What is printed goes to the registry's log.
await serveDriver(factory);

#!/usr/bin/env node
import { serveDriver } from '@outrigger/ipc/plugin';
import { middlewareFactory } from './program/factory.js';
import { readonly } from './readonly.js';

await serveDriver(middlewareFactory(readonly));

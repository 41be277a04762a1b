#!/usr/bin/env node
import { serveDriver } from '@outrigger/ipc/plugin';
import { encrypt } from './encrypt/encrypt.js';
import { middlewareFactory } from './program/factory.js';

await serveDriver(middlewareFactory(encrypt));

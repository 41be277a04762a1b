import { inmemory } from '@outrigger/plugin-memory';
import { registerInProcessSuite } from '../src/vitest.js';

registerInProcessSuite('inmemory', { create: () => inmemory.create({}) });

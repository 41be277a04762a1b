import { registerInProcessSuite } from '@outrigger/testsuite/vitest';
import { inmemory } from '../src/index.js';

registerInProcessSuite('inmemory', { create: () => inmemory.create({}) });

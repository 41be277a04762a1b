import assert from 'node:assert/strict';
import { CAPABILITY_NAMES } from '@outrigger/driver';
import { refused } from '../assertions.js';
import type { ConformanceCase } from '../case.js';

export const capabilityCases: readonly ConformanceCase[] = [
  {
    id: 'capabilities.known',
    name: 'capabilities: only known ones, or such that begin with x-',
    promise: 'Optional powers are capabilities; unknown ones fail the suite unless they start with `x-`.',
    async run({ driver }) {
      const known: readonly string[] = [...CAPABILITY_NAMES, 'roots'];
      for (const [name, value] of Object.entries(driver.capabilities)) {
        assert.ok(known.includes(name) || name.startsWith('x-'), `unknown capability ${name}`);
        if (name !== 'roots' && known.includes(name))
          assert.equal(typeof value, 'boolean', `capability ${name} is a switch`);
      }
    },
  },
  {
    id: 'capabilities.undeclared',
    name: 'capabilities: what is not declared is refused',
    promise: 'What is not declared is never used.',
    async run({ driver, scratch }) {
      const { capabilities } = driver;
      const path = scratch.path();
      await driver.put(path, scratch.content(1).bytes());
      const other = `${path}-2`;
      if (capabilities.copy !== true)
        await refused(driver, driver.copy?.(path, other) ?? Promise.resolve(), 'UNSUPPORTED');
      if (capabilities.localFiles !== true)
        await refused(driver, driver.localFile?.(path) ?? Promise.resolve(), 'UNSUPPORTED');
      if (capabilities.redirectURL !== true)
        assert.equal(await driver.redirectURL?.(path, { method: 'GET' }), null);
    },
  },
  {
    id: 'D3',
    name: 'name: that of a driver',
    promise: '`name` is the driver\u2019s own name, as in `registry-storage-<name>`.',
    async run({ driver }) {
      assert.match(driver.name, /^[a-z][a-z0-9-]{0,31}$/);
    },
  },
];

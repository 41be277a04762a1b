import { expect, it } from 'vitest';
import { whilePresent } from '../../src/commands/while-present.js';
import { parseConfig } from '../../src/config/parse-config.js';
import { SILENT, memoryDriver } from '../serve/running-server.js';

const REPLICAS = '/docker/registry/v2/_outrigger/replicas';

it('others can see it from before it begins until it is over', async () => {
  const driver = await memoryDriver();
  const { config } = parseConfig('version: 0.1\nstorage: filesystem\n', 'config.yml', {});
  // An empty directory is none.
  const seen = () =>
    driver.list(REPLICAS).then(
      ({ entries }) => entries.length,
      () => 0,
    );
  const during = await whilePresent({ config, driver, log: SILENT }, async ({ others }) => {
    return { others, seen: await seen() };
  });
  expect(during).toMatchObject({ others: 0, seen: 1 });
  expect(await seen()).toBe(0);
  const failing = whilePresent({ config, driver, log: SILENT }, () => Promise.reject(new Error('gone')));
  await expect(failing).rejects.toThrow('gone');
  expect(await seen()).toBe(0);
});

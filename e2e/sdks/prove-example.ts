import { afterAll, test } from 'vitest';
import { seconds } from '../harness/scale.js';
import { temporaryDirectory } from '../harness/temporary-directory.js';
import { skipMissing } from '../harness/tool.js';
import type { Language } from './example-driver.js';
import { buildExample } from './example-driver.js';
import { prove } from './prove.js';

/** Those of the filesystem driver in TypeScript. */
const LEVELS = [
  ...['core', 'socket', 'file'],
  ...['walk', 'copy', 'atomicMove', 'atomicDirectoryMove', 'isolatedWriters', 'commitTo'],
];

/** Tests the filesystem driver of an SDK. */
export async function proveExample(language: Language): Promise<void> {
  const title = `the filesystem driver in ${language} holds before outrigger driver test`;
  const driver = await buildExample(language);
  if ('missing' in driver) {
    skipMissing(title, driver);
    return;
  }
  afterAll(driver.remove);
  test(
    title,
    async () => {
      await prove(driver.executable, { rootdirectory: await temporaryDirectory() }, LEVELS);
    },
    seconds(1800),
  );
}

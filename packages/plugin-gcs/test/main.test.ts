import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { gcs } from '../src/index.js';

const executable = fileURLToPath(new URL('../dist/main.js', import.meta.url));

test('the executable describes itself as the factory does', () => {
  const description: unknown = JSON.parse(
    execFileSync(process.execPath, [executable, '--describe'], { encoding: 'utf8' }),
  );
  expect(description).toMatchObject({ name: 'gcs', version: gcs.version });
});

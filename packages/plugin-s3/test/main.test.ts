import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { oss, s3, s3aws } from '../src/index.js';

test.each([
  ['main', s3],
  ['main-s3aws', s3aws],
  ['main-oss', oss],
])('the executable %s describes itself as its factory does', (file, { name, version }) => {
  const executable = fileURLToPath(new URL(`../dist/${file}.js`, import.meta.url));
  const description: unknown = JSON.parse(
    execFileSync(process.execPath, [executable, '--describe'], { encoding: 'utf8' }),
  );
  expect(description).toMatchObject({ name, version });
});

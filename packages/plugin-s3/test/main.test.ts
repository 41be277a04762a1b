import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { oss, s3, s3aws } from '../src/index.js';

test.each([
  ['main', s3],
  ['main-s3aws', s3aws],
  ['main-oss', oss],
])('the executable %s describes itself as its factory does', (file, { name, version }) => {
  const executable = fileURLToPath(new URL(`../dist/${file}.js`, import.meta.url));
  const coverage = mkdtempSync(join(tmpdir(), 'outrigger-s3-'));
  onTestFinished(() => {
    rmSync(coverage, { recursive: true });
  });
  const env = { NODE_V8_COVERAGE: coverage };
  const description: unknown = JSON.parse(
    execFileSync(process.execPath, [executable, '--describe'], { encoding: 'utf8', env }),
  );
  expect(description).toMatchObject({ name, version });
  // It names all that was loaded: not the SDK, which takes long.
  const loaded = readdirSync(coverage).map((each) => readFileSync(join(coverage, each), 'utf8'));
  expect(loaded.join('')).toContain('/factory.js');
  expect(loaded.join('').match(/node_modules\/@(aws-sdk|smithy)\/[a-z0-9-]+/g)).toBeNull();
});

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { sftp } from '../src/index.js';

test('the executable describes itself as its factory does', () => {
  const executable = fileURLToPath(new URL('../dist/main.js', import.meta.url));
  const coverage = mkdtempSync(join(tmpdir(), 'outrigger-sftp-'));
  onTestFinished(() => {
    rmSync(coverage, { recursive: true });
  });
  const env = { NODE_V8_COVERAGE: coverage };
  const description: unknown = JSON.parse(
    execFileSync(process.execPath, [executable, '--describe'], { encoding: 'utf8', env }),
  );
  expect(description).toMatchObject({ name: sftp.name, version: sftp.version });
  // It names all that was loaded: not the SSH library, which takes long.
  const loaded = readdirSync(coverage).map((each) => readFileSync(join(coverage, each), 'utf8'));
  expect(loaded.join('')).toContain('/factory.js');
  expect(loaded.join('')).not.toContain('node_modules/ssh2');
});

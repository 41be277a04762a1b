import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { filesBelow } from '../src/files-below.js';
import { temporaryDirectory } from './temporary-directory.js';

const PACKAGE = fileURLToPath(new URL('..', import.meta.url));
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const TEMPLATES = 'packages/create-registry-storage/templates';
const run = promisify(execFile);

it('is packed with every file of every template', async () => {
  const args = ['pack', '--json', '--pack-destination', await temporaryDirectory()];
  const { stdout } = await run(join(ROOT, 'node_modules/.bin/pnpm'), args, { cwd: PACKAGE });
  const { filename } = JSON.parse(stdout) as { filename: string };
  const packed = (await run('tar', ['-tzf', filename])).stdout.split('\n').sort();
  const templates = (await filesBelow(join(PACKAGE, 'templates'))).map((path) => `package/templates/${path}`);
  expect(templates.length).toBeGreaterThan(40);
  expect(packed.filter((path) => path.startsWith('package/templates/'))).toEqual(templates.sort());
  expect(packed).toContain('package/dist/main.js');
});

it('needs the versions of the libraries that there are', async () => {
  const { version } = JSON.parse(await text('packages/driver/package.json')) as { version: string };
  for (const name of ['driver', 'ipc', 'cli'])
    expect(await text(`${TEMPLATES}/ts/package.json`)).toContain(`"@outrigger/${name}": "^${version}"`);
  expect(await text('sdks/python/pyproject.toml')).toMatch(/^version = "0\.1\.\d+"$/m);
  expect(await text(`${TEMPLATES}/python/pyproject.toml`)).toContain('"outrigger-storage>=0.1,<0.2"');
  expect(await text('sdks/rust/Cargo.toml')).toMatch(/^version = "0\.1\.\d+"$/m);
  expect(await text(`${TEMPLATES}/rust/Cargo.toml`)).toContain('outrigger-storage = "0.1.0"');
});

function text(path: string): Promise<string> {
  return readFile(join(ROOT, path), 'utf8');
}

import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { filesBelow } from '../src/files-below.js';
import type { Language } from '../src/index.js';
import { LANGUAGES, createProject, nextSteps } from '../src/index.js';
import { temporaryDirectory } from './temporary-directory.js';

/** Also as a formatter of Markdown makes it bold. */
const PLACEHOLDER = /(__|\*\*)[A-Z]+\1/;

/** What every project has. */
const COMMON = ['.github/workflows/test.yml', '.gitignore', 'Containerfile', 'LICENSE', 'README.md'];
const OWN: Readonly<Record<Language, readonly string[]>> = {
  ts: ['package.json', 'tsconfig.json', 'eslint.config.js', 'src/main.ts', 'src/driver.test.ts'],
  go: ['go.mod', 'Makefile', 'main.go', 'driver_test.go'],
  python: ['pyproject.toml', 'Makefile', 'src/registry_storage_my_store/main.py', 'tests/test_driver.py'],
  rust: ['Cargo.toml', 'Makefile', 'src/main.rs', 'rustfmt.toml'],
};

describe.each(LANGUAGES)('a project in %s', (language) => {
  it('has what an author needs, under the name of the driver', async () => {
    const directory = join(await temporaryDirectory(), 'project');
    const project = await createProject({ name: 'my-store', language, directory });
    const files = await filesBelow(directory);
    expect(files).toEqual(expect.arrayContaining([...COMMON, ...OWN[language]]));
    for (const file of files) {
      expect(file).not.toMatch(PLACEHOLDER);
      expect(await readFile(join(directory, file), 'utf8'), file).not.toMatch(PLACEHOLDER);
    }
    expect(await readFile(join(directory, 'README.md'), 'utf8')).toMatch(/^# `registry-storage-my-store`\n/);
    expect(
      nextSteps(project)
        .split('\n')
        .filter((line) => line.startsWith('  ')),
    ).toHaveLength(3);
  });

  it('is tested in CI by actions of a major version', async () => {
    const directory = join(await temporaryDirectory(), 'project');
    await createProject({ name: 'my-store', language, directory });
    const text = await readFile(join(directory, '.github/workflows/test.yml'), 'utf8');
    const { jobs } = parse(text) as { jobs: { test: { steps: { uses?: string; run?: string }[] } } };
    const { steps } = jobs.test;
    const actions = steps.flatMap(({ uses }) => uses ?? []);
    expect(actions.length).toBeGreaterThan(1);
    for (const action of actions) expect(action).toMatch(/^actions\/[a-z-]+@v\d+$/);
    expect(steps.flatMap(({ run }) => run ?? []).join('\n')).toMatch(/^(npm|make) test$/m);
  });
});

describe('a project', () => {
  it('goes into a directory that is there and empty, which stays the same one', async () => {
    const directory = await temporaryDirectory();
    await createProject({ name: 'x', language: 'go', directory });
    expect(await readdir(directory)).toEqual(expect.arrayContaining(['.github', 'go.mod', 'main.go']));
    expect((await readdir(directory)).filter((name) => name.startsWith('.new-driver-'))).toEqual([]);
  });

  it('makes the directories above it', async () => {
    const directory = join(await temporaryDirectory(), 'a', 'b');
    await createProject({ name: 'x', language: 'rust', directory });
    expect(await readFile(join(directory, 'Cargo.toml'), 'utf8')).toContain('name = "registry-storage-x"');
  });
});

describe('no project, and nothing of one, is left', () => {
  it('where a directory is not empty', async () => {
    const directory = await temporaryDirectory();
    await writeFile(join(directory, 'notes'), 'mine');
    await expect(createProject({ name: 'x', language: 'ts', directory })).rejects.toThrow(/is not empty/);
    expect(await readdir(directory)).toEqual(['notes']);
  });

  it('where a file is', async () => {
    const parent = await temporaryDirectory();
    await writeFile(join(parent, 'project'), 'mine');
    const created = createProject({ name: 'x', language: 'ts', directory: join(parent, 'project') });
    await expect(created).rejects.toThrow(/is no directory/);
    expect(await readdir(parent)).toEqual(['project']);
  });

  it.each(['My Store', '../x', 'cache'])('for the name %s', async (name) => {
    const parent = await temporaryDirectory();
    const created = createProject({ name, language: 'ts', directory: join(parent, 'project') });
    await expect(created).rejects.toMatchObject({ name: 'ScaffoldError' });
    expect(await readdir(parent)).toEqual([]);
  });

  it('when a checkout is none', async () => {
    const parent = await temporaryDirectory();
    const options = { name: 'x', language: 'ts', directory: join(parent, 'project'), sdk: parent } as const;
    await expect(createProject(options)).rejects.toThrow(/is no checkout of Outrigger that is built/);
    expect(await readdir(parent)).toEqual([]);
  });

  it.each(['project', 'a/b/project'])('when it fails in the middle, in %s', async (place) => {
    const parent = await temporaryDirectory();
    const sdk = join(await temporaryDirectory(), 'checkout');
    // It has the files that are looked for, and no pnpm that could pack anything.
    for (const directory of ['packages/ipc/dist', 'packages/cli/dist', 'packages/driver'])
      await mkdir(join(sdk, directory), { recursive: true });
    await writeFile(join(sdk, 'packages/ipc/dist/plugin.js'), '');
    await writeFile(join(sdk, 'packages/cli/dist/main.js'), '');
    const options = { name: 'x', language: 'ts', directory: join(parent, place), sdk } as const;
    await expect(createProject(options)).rejects.toThrow(/could not be packed/);
    expect(await readdir(parent)).toEqual([]);
  });

  it('when the path of a checkout would mean something in a Makefile', async () => {
    const parent = await temporaryDirectory();
    const options = {
      name: 'x',
      language: 'go',
      directory: join(parent, 'project'),
      sdk: '/a $(b)',
    } as const;
    await expect(createProject(options)).rejects.toThrow(/may have letters, digits/);
    expect(await readdir(parent)).toEqual([]);
  });
});

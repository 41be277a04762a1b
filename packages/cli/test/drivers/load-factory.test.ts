import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { loadFactory } from '../../src/drivers/load-factory.js';
import { temporaryDirectory } from '../temporary-directory.js';

describe('a driver in this process', () => {
  it.each(['inmemory', 'filesystem', 's3', 's3aws', 'oss'])('comes with the command: %s', async (name) => {
    expect(await loadFactory(name, true)).toMatchObject({ name });
  });

  it('comes from a package of the working directory, by its name or by convention', async () => {
    const directory = await temporaryDirectory();
    const home = join(directory, 'node_modules', 'registry-storage-mine');
    await mkdir(home, { recursive: true });
    await writeFile(join(home, 'package.json'), '{"type": "module", "exports": "./index.js"}');
    await writeFile(
      join(home, 'index.js'),
      "export const other = 1; export const mine = { name: 'mine', create() {} };",
    );
    const cwd = vi.spyOn(process, 'cwd').mockReturnValue(directory);
    try {
      expect(await loadFactory('mine', true)).toMatchObject({ name: 'mine' });
      expect(await loadFactory('mine', 'registry-storage-mine')).toMatchObject({ name: 'mine' });
      await expect(loadFactory('yours', 'registry-storage-mine')).rejects.toMatchObject({
        exitCode: 69,
        message: expect.stringContaining('exports no factory of a driver yours') as string,
      });
    } finally {
      cwd.mockRestore();
    }
  });

  it('is not there', async () => {
    await expect(loadFactory('nosuch', true)).rejects.toMatchObject({
      exitCode: 69,
      message: expect.stringContaining('is not installed') as string,
    });
  });
});

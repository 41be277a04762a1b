import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { checkDriverName } from './driver-name.js';
import type { Language } from './languages.js';
import { placeWhole } from './place.js';
import { checkCheckout, useCheckout } from './sdk/checkout.js';
import { readTemplate } from './template.js';

export interface ProjectOptions {
  /** Of the driver: `my-store` for the program `registry-storage-my-store`. */
  readonly name: string;
  readonly language: Language;
  /** Where the project goes. Default: registry-storage-<name>. */
  readonly directory?: string | undefined;
  /** A built checkout of Outrigger, that the libraries and the command are taken from. Default: from the registries of packages. */
  readonly sdk?: string | undefined;
}

export interface Project {
  readonly name: string;
  readonly language: Language;
  /** Absolute. */
  readonly directory: string;
  /** The absolute path of the checkout. */
  readonly sdk: string | undefined;
}

/**
 * Writes a project for a storage driver: a small driver that works, its tests, packaging and CI.
 *
 * @throws ScaffoldError when there can be none, and nothing was written
 */
export async function createProject(options: ProjectOptions): Promise<Project> {
  const { name, language } = options;
  checkDriverName(name);
  const sdk = options.sdk === undefined ? undefined : resolve(options.sdk);
  if (sdk !== undefined) await checkCheckout(sdk, language);
  const directory = resolve(options.directory ?? `registry-storage-${name}`);
  const files = await readTemplate(language, name);
  await placeWhole(directory, async (staged) => {
    // mkdtemp makes a directory for its owner only.
    await chmod(staged, 0o755);
    if (sdk !== undefined) await useCheckout({ checkout: sdk, language, files, project: staged });
    for (const [path, text] of files) {
      await mkdir(dirname(join(staged, path)), { recursive: true });
      await writeFile(join(staged, path), text);
    }
  });
  return { name, language, directory, sdk };
}

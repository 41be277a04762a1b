import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, readdir } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { RefusedExecutableError } from './driver-errors.js';

/**
 * Holds an executable to the digest that the configuration pins.
 *
 * - `sha256:<hex>`: of the file that the driver's name resolves to. For drivers that are one file.
 * - `bundle:sha256:<hex>`: of the package around it, the nearest directory at or above the file that has a
 *   `package.json`: what this prints there, dependencies included:
 *   `find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum`
 *   A bundle has no symbolic links, and no line breaks or backslashes in its file names.
 *
 * @throws RefusedExecutableError with the digest that was found
 */
export async function checkPin(driver: string, realPath: string, pin: string): Promise<void> {
  const form = /^(bundle:)?(?:sha256:)?([0-9a-f]{64})$/.exec(pin.toLowerCase());
  if (form === null) {
    throw new RefusedExecutableError(
      driver,
      realPath,
      `its pin is not of the form sha256:<64 hex digits> or bundle:sha256:<64 hex digits>`,
    );
  }
  const [, bundle, wanted] = form;
  const found = bundle === undefined ? await hashFile(realPath) : await hashBundle(driver, realPath);
  if (found === wanted) return;
  const what = bundle === undefined ? 'its' : "its bundle's";
  throw new RefusedExecutableError(
    driver,
    realPath,
    `${what} sha256 is ${found}, pinned is ${String(wanted)}`,
  );
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

async function hashBundle(driver: string, realPath: string): Promise<string> {
  const root = await packageDirectory(dirname(realPath));
  if (root === undefined) {
    throw new RefusedExecutableError(driver, realPath, 'it is pinned as a bundle and lies in no package');
  }
  const files: string[] = [];
  for (const entry of await readdir(root, { recursive: true, withFileTypes: true })) {
    const path = `./${relative(root, join(entry.parentPath, entry.name))}`;
    if (entry.isFile()) files.push(path);
    if (entry.isSymbolicLink() || /[\n\r\\]/.test(path)) {
      const what = entry.isSymbolicLink() ? 'symbolic links' : 'odd file names';
      throw new RefusedExecutableError(driver, realPath, `a bundle with ${what} has no digest: ${path}`);
    }
  }
  const manifest = createHash('sha256');
  for (const path of files.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))) {
    manifest.update(`${await hashFile(join(root, path))}  ${path}\n`);
  }
  return manifest.digest('hex');
}

async function packageDirectory(from: string): Promise<string | undefined> {
  for (let directory = from; ; directory = dirname(directory)) {
    const found = await access(join(directory, 'package.json')).then(
      () => true,
      () => false,
    );
    if (found) return directory;
    if (directory === dirname(directory)) return undefined;
  }
}

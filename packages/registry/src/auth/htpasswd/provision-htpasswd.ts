import { randomBytes } from 'node:crypto';
import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';

/** A user that was made up. */
export interface Provisioned {
  readonly user: string;
  readonly password: string;
}

/**
 * Makes an htpasswd file with one user and a random password where there is none, as Distribution does. Undefined when
 * there is one.
 */
export async function provisionHtpasswd(path: string): Promise<Provisioned | undefined> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const file = await open(path, 'wx', 0o600).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return undefined;
    throw error;
  });
  if (file === undefined) return undefined;
  try {
    const { hash } = await import('@node-rs/bcrypt');
    const password = randomBytes(32).toString('base64url');
    await file.writeFile(`docker:${await hash(password, 10)}\n`);
    return { user: 'docker', password };
  } finally {
    await file.close();
  }
}

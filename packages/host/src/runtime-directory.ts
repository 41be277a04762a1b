import { randomBytes } from 'node:crypto';
import { access, constants, mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import type { Watchdog } from './watchdog.js';

/** A directory of mode 0700 that belongs to one driver process. */
export interface RuntimeDirectory {
  readonly path: string;
  remove(): Promise<void>;
}

/** sockaddr_un holds 104 bytes on macOS and 108 on Linux, the final NUL included. */
const MAX_SOCKET_PATH = 103;

/**
 * Below XDG_RUNTIME_DIR, else /run, else the temporary directory: the first that is writable and short enough for a socket.
 * It goes with the host, also with one that is killed while this runs.
 *
 * @throws Error when none is
 */
export async function createRuntimeDirectory(
  environment: Readonly<Record<string, string | undefined>>,
  watchdog: Pick<Watchdog, 'watch' | 'forget'>,
): Promise<RuntimeDirectory> {
  const candidates = [environment.XDG_RUNTIME_DIR ?? '', '/run', tmpdir(), '/tmp'].filter(isAbsolute);
  for (const candidate of candidates) {
    const path = join(candidate, `outrigger-${randomBytes(6).toString('hex')}`);
    if (Buffer.byteLength(join(path, 'data.sock')) > MAX_SOCKET_PATH || !(await isWritable(candidate)))
      continue;
    const watched = { directory: path };
    watchdog.watch(watched);
    const remove = async () => {
      await rm(path, { recursive: true, force: true });
      watchdog.forget(watched);
    };
    if (await isMade(path)) return { path, remove };
    watchdog.forget(watched);
  }
  throw new Error(`no writable directory for a driver's sockets, looked at ${candidates.join(', ')}`);
}

function isWritable(parent: string): Promise<boolean> {
  return access(parent, constants.W_OK | constants.X_OK).then(
    () => true,
    () => false,
  );
}

function isMade(path: string): Promise<boolean> {
  return mkdir(path, { mode: 0o700 }).then(
    () => true,
    () => false, // read-only or full, say: the next candidate
  );
}

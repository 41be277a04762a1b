import { access, constants, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';

/** A directory of mode 0700 that belongs to one driver process. */
export interface RuntimeDirectory {
  readonly path: string;
  remove(): Promise<void>;
}

/** sockaddr_un holds 104 bytes on macOS and 108 on Linux, the final NUL included. */
const MAX_SOCKET_PATH = 103;

/**
 * Below XDG_RUNTIME_DIR, else /run, else the temporary directory: the first that is writable and short enough for a socket.
 *
 * @throws Error when none is
 */
export async function createRuntimeDirectory(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<RuntimeDirectory> {
  const candidates = [environment.XDG_RUNTIME_DIR ?? '', '/run', tmpdir(), '/tmp'].filter(isAbsolute);
  for (const candidate of candidates) {
    if (Buffer.byteLength(join(candidate, 'outrigger-XXXXXX', 'data.sock')) > MAX_SOCKET_PATH) continue;
    const path = await make(candidate);
    if (path !== undefined) return { path, remove: () => rm(path, { recursive: true, force: true }) };
  }
  throw new Error(`no writable directory for a driver's sockets, looked at ${candidates.join(', ')}`);
}

async function make(parent: string): Promise<string | undefined> {
  try {
    await access(parent, constants.W_OK | constants.X_OK);
    return await mkdtemp(join(parent, 'outrigger-')); // mkdtemp(3): mode 0700
  } catch {
    return undefined; // absent or read-only: the next candidate
  }
}

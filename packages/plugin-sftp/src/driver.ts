import type { CallOptions, StorageDriver } from '@outrigger/driver';
import { MAX_PUT_SIZE, readToEnd } from '@outrigger/driver';
import { abortable } from './abortable.js';
import { begin, requireRename } from './begin.js';
import { createBudget } from './budget.js';
import { CAPABILITIES } from './capabilities.js';
import type { SftpConfig } from './config.js';
import { DRIVER_NAME } from './config.js';
import { copyPath } from './copy.js';
import { deletePath } from './delete.js';
import { createDirectories } from './directories.js';
import type { Access } from './errors.js';
import { ConnectionLostError, toSftpError } from './errors.js';
import { createExplain } from './explain.js';
import { inspect, toFileInfo } from './file-info.js';
import { listDirectory } from './list.js';
import { loadAccess } from './load-access.js';
import { movePath } from './move.js';
import { createPool } from './pool.js';
import { createDirectoryReader } from './read-directory.js';
import { openReader } from './reader.js';
import { replaceFile } from './replace-file.js';
import { createRoot } from './root.js';
import type { Session } from './session.js';
import type { Store } from './store.js';
import { sweepRegularly } from './sweep-temporaries.js';
import { createTimes } from './times.js';
import { requireOpen } from './temporary-name.js';
import { walkPage } from './walk.js';
import { createWriteAhead } from './write-ahead.js';
import { openWriter } from './writer.js';

const MIB = 1024 * 1024;
const READ_AHEAD = 32 * MIB;

/**
 * A driver over a directory of an SFTP server, in the layout of the driver `filesystem`: a driver's path is the path below the
 * root. Paths are taken as checked (see `checkDriver`).
 *
 * @throws InvalidParametersError when the server refuses what a parameter says
 */
export async function createSftpDriver(config: SftpConfig): Promise<StorageDriver> {
  const pool = createPool(loadAccess(config), requireRename);
  const root = createRoot(config.rootDirectory);
  const durable = config.commit === 'durable';
  const store: Store = {
    root,
    durable,
    directories: createDirectories(root, durable),
    entries: createDirectoryReader(),
    times: createTimes(),
    readAhead: createBudget(READ_AHEAD),
  };
  const canCopy = await begin(pool, store);
  const sweeping = sweepRegularly(pool, root.path);
  const explain = createExplain(store);

  const run = async <T>(
    path: string,
    access: Access,
    options: CallOptions | undefined,
    task: (session: Session) => Promise<T>,
    giveBack?: (late: T) => Promise<void>,
  ): Promise<T> => {
    let session: Session | undefined;
    const work = async () => {
      requireOpen(path);
      session = await pool.session();
      return task(session);
    };
    try {
      return await abortable(work(), path, options?.signal, giveBack);
    } catch (error) {
      if (access === 'write' && session !== undefined) throw await explain(session, error, path);
      throw toSftpError(error, path, access);
    }
  };

  /** What only looks is done again on another connection: of those that were cut some may not know it yet. */
  const repeated =
    <T>(task: (session: Session) => Promise<T>) =>
    async (first: Session): Promise<T> => {
      for (let [session, tries] = [first, 1]; ; tries++) {
        try {
          return await task(session);
        } catch (error) {
          if (!(error instanceof ConnectionLostError) || tries > config.maxConnections) throw error;
        }
        session = await pool.session();
      }
    };

  return {
    name: DRIVER_NAME,
    capabilities: { ...CAPABILITIES, copy: canCopy },
    stat: (path, options) =>
      run(
        path,
        'read',
        options,
        repeated(async (session) => toFileInfo(path, await inspect(session, root.local(path)))),
      ),
    list: (path, options) =>
      run(
        path,
        'read',
        options,
        repeated((session) => listDirectory(store, session, path, options)),
      ),
    get: (path, options) =>
      run(
        path,
        'read',
        options,
        repeated(async (session) => readToEnd(await openReader(store, session, path, options), MAX_PUT_SIZE)),
      ),
    put: (path, content, options) =>
      run(path, 'write', options, (session) =>
        replaceFile(store, session, root.local(path), async (handle) => {
          const ahead = createWriteAhead(session, handle, 0);
          await ahead.write(content);
          await ahead.settle();
        }),
      ),
    reader: (path, options) =>
      run(
        path,
        'read',
        options,
        repeated((session) => openReader(store, session, path, options)),
        (late) => late.close(),
      ),
    writer: (path, options = {}) =>
      run(
        path,
        options.mode === 'append' ? 'read' : 'write',
        options,
        (session) => openWriter(store, session, path, options, explain),
        (late) => late.close(),
      ),
    move: (source, destination, options) =>
      run(destination, 'write', options, (session) => movePath(store, session, source, destination)),
    delete: (path, options) => run(path, 'read', options, (session) => deletePath(store, session, path)),
    walk: (path, options) =>
      run(
        path,
        'read',
        options,
        repeated((session) => walkPage(store, session, path, options)),
      ),
    copy: (source, destination, options) =>
      run(destination, 'write', options, (session) => copyPath(store, session, source, destination)),
    async close() {
      sweeping.close();
      await pool.close();
    },
  };
}

import { InvalidParametersError, StorageError, isStorageError } from '@outrigger/driver';
import type { Parameters } from '@outrigger/driver';
import { IncompatibleVersionError, ProtocolViolation, connectDriver } from '@outrigger/ipc/host';
import type { RemoteDriver } from '@outrigger/ipc/host';
import { driverArgument } from './arguments.js';
import { settlesWithin } from './deadline.js';
import { DriverStartError } from './driver-errors.js';
import { DriverProcess } from './driver-process.js';
import { driverEnvironment } from './environment.js';
import { describeExit, describeStderr } from './exit-error.js';
import { messageOf } from './message-of.js';
import type { ParentDeathPrefix } from './parent-death.js';
import type { PreparedExecutable } from './prepare-executable.js';
import { signalGroup } from './process-group.js';
import { createRuntimeDirectory } from './runtime-directory.js';
import type { Secrets } from './secrets.js';
import { findSecrets } from './secrets.js';
import type { HostSettings } from './settings.js';
import type { SpawnedProcess } from './spawn.js';
import { spawnProcess } from './spawn.js';
import { StderrLog } from './stderr-log.js';
import { maskMessage } from './trace.js';
import type { Watchdog } from './watchdog.js';

export interface StartOptions {
  readonly driver: string;
  readonly executable: PreparedExecutable;
  readonly parameters: Parameters;
  readonly settings: HostSettings;
  readonly prefix: ParentDeathPrefix;
  readonly watchdog: Watchdog;
  readonly signal: AbortSignal;
}

/**
 * Starts a driver and shakes hands with it.
 *
 * @throws DriverStartError in one line: driver, path, how it ended, its last words
 * @throws IncompatibleVersionError with both sides' versions and the path
 * @throws InvalidParametersError
 */
export async function startProcess(options: StartOptions): Promise<DriverProcess> {
  const { driver, executable, parameters, settings, watchdog } = options;
  const { description, realPath } = executable;
  const { log, timings } = settings;
  const secrets = findSecrets(parameters, description?.parameters);
  watchdog.prepare();
  const directory = await createRuntimeDirectory(settings.environment, watchdog);
  const child = await spawn(options, secrets).catch(async (error: unknown) => {
    await directory.remove();
    throw new DriverStartError(driver, realPath, messageOf(error), error);
  });
  const watched = { group: child.pid };
  watchdog.watch(watched);
  settings.onProcess?.(child.pid, true);
  const release = async () => {
    watchdog.forget(watched);
    settings.onProcess?.(child.pid, false);
    await directory.remove().catch((error: unknown) => {
      log.warn({ driver, path: directory.path }, `a directory was left behind: ${messageOf(error)}`);
    });
  };
  const stderr = new StderrLog(child.stderr, { driver, pid: child.pid, log, redact: secrets.redact });
  log.debug({ driver, pid: child.pid, path: realPath }, 'started a storage driver');
  try {
    const remote = await connect(options, child, directory.path, secrets);
    const { redact } = secrets;
    return new DriverProcess({ driver, executable, child, remote, stderr, timings, redact, release });
  } catch (error) {
    const exited = await endedByItself(child, error, timings.drainMs);
    signalGroup(child.pid, 'SIGKILL');
    await child.exited;
    await release();
    throw toStartError(
      { driver, path: realPath, exited, stderr: stderr.tail, redact: secrets.redact },
      error,
    );
  }
}

function spawn({ executable, settings, prefix }: StartOptions, secrets: Secrets): Promise<SpawnedProcess> {
  return spawnProcess({
    file: executable.realPath,
    args: [driverArgument(secrets.open)],
    env: driverEnvironment(settings.environment, executable.description?.environment),
    prefix,
    stdin: 'pipe',
  });
}

async function connect(
  { driver, parameters, settings, signal }: StartOptions,
  { pid, stdin, stdout, exited }: SpawnedProcess,
  directory: string,
  secrets: Secrets,
): Promise<RemoteDriver> {
  const { dataPlanes, allowedRoots, timings, trace, traceparent, hostVersion } = settings;
  const gone = new AbortController();
  // A grandchild may hold stdout open: the end of the process counts, not only that of the stream.
  void exited
    .then(() => settlesWithin(endOf(stdout), timings.drainMs))
    .then(() => {
      gone.abort();
    });
  return connectDriver({
    input: stdout,
    output: stdin,
    name: driver,
    parameters,
    host: { name: 'outrigger', version: hostVersion },
    dataPlanes,
    directory,
    allowedRoots,
    timeoutMs: timings.startMs,
    traceparent,
    redact: secrets.redact,
    signal: AbortSignal.any([signal, gone.signal]),
    ...(trace === undefined
      ? {}
      : {
          trace: (direction, message) => {
            trace({ driver, pid, direction, message: maskMessage(message, secrets) });
          },
        }),
  });
}

function endOf(stream: SpawnedProcess['stdout']): Promise<void> {
  return new Promise((resolve) => {
    if (stream.readableEnded || stream.destroyed) resolve();
    else stream.once('close', resolve);
  });
}

/** A channel that closed in the handshake is the first sign of an exit, whose status says more; the end of the wait is none. */
async function endedByItself(
  child: SpawnedProcess,
  error: unknown,
  drainMs: number,
): Promise<string | undefined> {
  const isAnswer =
    !(error instanceof StorageError) ||
    error.cause instanceof ProtocolViolation ||
    isStorageError(error, 'CANCELLED');
  if (!(await settlesWithin(child.exited, isAnswer ? 0 : drainMs))) return undefined;
  return describeExit(await child.exited);
}

interface FailedStart {
  readonly driver: string;
  readonly path: string;
  readonly exited: string | undefined;
  readonly stderr: readonly string[];
  readonly redact: (text: string) => string;
}

function toStartError({ driver, path, exited, stderr, redact }: FailedStart, error: unknown): Error {
  if (error instanceof InvalidParametersError) {
    const issues = error.issues.map(({ key, message }) => ({ key, message: redact(message) }));
    return new InvalidParametersError(driver, issues);
  }
  if (error instanceof IncompatibleVersionError)
    return new IncompatibleVersionError(error.hostVersions, error.driverVersions, path);
  const isViolation = error instanceof Error && error.cause instanceof ProtocolViolation;
  const what =
    exited === undefined || isViolation
      ? redact(messageOf(error))
      : `it ended with ${exited} before the handshake`;
  return new DriverStartError(driver, path, what + describeStderr(stderr), redactedCause(error, redact));
}

/** The log prints causes too, and what the driver said may hold its parameters. */
function redactedCause(error: unknown, redact: (text: string) => string): Error {
  const cause = new Error(redact(messageOf(error)));
  if (error instanceof Error) cause.name = error.name;
  return cause;
}

import { randomBytes } from 'node:crypto';
import { close, read as readFd } from 'node:fs';
import { sep } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { promisify } from 'node:util';
import type { Capabilities, Parameters } from '@outrigger/driver';
import { CAPABILITY_NAMES, StorageError } from '@outrigger/driver';
import { PROTOCOL_VERSIONS, initialize, initialized } from '../protocol/initialize.js';
import type { Limits } from '../protocol/limits.js';
import { LIMITS } from '../protocol/limits.js';
import type { ResultOf } from '../protocol/method.js';
import { DataPlane } from '../protocol/values.js';
import type { ConnectionOptions } from './connection.js';
import { DriverConnection } from './connection.js';
import { DataListener } from './data-listener.js';
import { IncompatibleVersionError, toHandshakeError } from './handshake-error.js';
import { openLocalFile } from './read-file.js';
import { RemoteDriver } from './remote-driver.js';

export interface ConnectDriverOptions {
  /** The driver's stdout. */
  readonly input: Readable;
  /** The driver's stdin. */
  readonly output: Writable;
  /** The configured name, for error messages until the driver has said its own. */
  readonly name: string;
  readonly parameters: Parameters;
  readonly host: { readonly name: string; readonly version: string };
  /** Planes to use, the preferred one first. `inline` is always there as the last resort. */
  readonly dataPlanes?: readonly DataPlane[] | undefined;
  /** A directory of mode 0700 for the data socket; without one there is no socket plane. */
  readonly directory?: string | undefined;
  /** Local files are accepted below these directories only. Default: wherever the driver declares. */
  readonly allowedRoots?: readonly string[] | undefined;
  readonly limits?: Limits | undefined;
  readonly trace?: ConnectionOptions['trace'];
  readonly traceparent?: ConnectionOptions['traceparent'];
  readonly redact?: ConnectionOptions['redact'];
  /** Default 10 s. */
  readonly timeoutMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

const START_TIMEOUT_MS = 10_000;
const ALL_PLANES: readonly DataPlane[] = ['file', 'socket', 'inline'];

/**
 * The handshake with a driver that was just started.
 *
 * @throws IncompatibleVersionError no common major of the protocol
 * @throws InvalidParametersError the driver refuses its parameters
 * @throws StorageError UNAVAILABLE when the driver breaks the protocol, ends, or does not answer in time
 */
export async function connectDriver(options: ConnectDriverOptions): Promise<RemoteDriver> {
  const { input, output, limits = LIMITS, trace, directory, dataPlanes = ALL_PLANES } = options;
  const wanted: readonly DataPlane[] = dataPlanes.includes('inline') ? dataPlanes : [...dataPlanes, 'inline'];
  const listener = directory === undefined ? undefined : await DataListener.listen(directory, limits);
  const connection = new DriverConnection({
    input,
    output,
    limits,
    trace,
    traceparent: options.traceparent,
    redact: options.redact,
  });
  try {
    const nonce = randomBytes(16).toString('hex');
    const offered = wanted.filter((plane) => plane !== 'socket' || listener !== undefined);
    const answer = await callInitialize(connection, options, {
      limits,
      nonce,
      dataPlanes: offered,
      socketPath: listener?.path,
    });
    if (!PROTOCOL_VERSIONS.includes(answer.protocolVersion)) {
      throw new IncompatibleVersionError(PROTOCOL_VERSIONS, [answer.protocolVersion]);
    }
    const roots = acceptedRoots(answer.capabilities.roots ?? [], options.allowedRoots);
    const agreed = await agreePlanes(offered, answer, nonce, roots);
    connection.notify(initialized.name, { dataPlanes: agreed });
    return new RemoteDriver({
      connection,
      name: answer.driver.name,
      version: answer.driver.version,
      protocolVersion: answer.protocolVersion,
      capabilities: knownCapabilities(answer.capabilities),
      dataPlanes: agreed,
      concurrency: answer.concurrency,
      limits,
      listener,
      roots,
    });
  } catch (error) {
    connection.fail(new StorageError('UNAVAILABLE', 'the handshake failed', { cause: error }));
    await listener?.close();
    throw error;
  }
}

async function callInitialize(
  connection: DriverConnection,
  options: ConnectDriverOptions,
  offer: { limits: Limits; nonce: string; dataPlanes: DataPlane[]; socketPath: string | undefined },
): Promise<ResultOf<typeof initialize>> {
  const { name, parameters, host, signal, timeoutMs = START_TIMEOUT_MS } = options;
  const deadline = AbortSignal.timeout(timeoutMs);
  const params = {
    protocolVersions: [...PROTOCOL_VERSIONS],
    host,
    hostPid: process.pid,
    parameters: { ...parameters },
    ...offer,
  };
  try {
    return await connection.call(initialize, params, {
      path: 'initialize',
      signal: signal === undefined ? deadline : AbortSignal.any([signal, deadline]),
    });
  } catch (error) {
    if (deadline.aborted) {
      throw new StorageError('UNAVAILABLE', `no answer to initialize within ${String(timeoutMs)} ms`, {
        cause: error,
      });
    }
    throw toHandshakeError(name, error);
  }
}

/** The planes that both sides speak, in the host's order; file only where the host sees the driver's files. */
async function agreePlanes(
  offered: readonly DataPlane[],
  answer: ResultOf<typeof initialize>,
  nonce: string,
  roots: readonly string[],
): Promise<DataPlane[]> {
  const agreed: DataPlane[] = [];
  for (const plane of offered) {
    if (plane !== 'inline' && !answer.dataPlanes.includes(plane)) continue;
    if (plane === 'file' && !(await seesProbe(answer.probe, nonce, roots))) continue;
    agreed.push(plane);
  }
  return agreed;
}

async function seesProbe(
  probe: ResultOf<typeof initialize>['probe'],
  nonce: string,
  roots: readonly string[],
): Promise<boolean> {
  if (probe === undefined) return false;
  const fd = await openLocalFile(probe, roots);
  if (fd === undefined) return false;
  try {
    const content = Buffer.alloc(nonce.length + 1);
    const { bytesRead } = await promisify(readFd)(fd, content, 0, content.length, 0);
    return content.toString('latin1', 0, bytesRead) === nonce;
  } finally {
    await promisify(close)(fd);
  }
}

function acceptedRoots(declared: readonly string[], allowed: readonly string[] | undefined): string[] {
  return declared.filter(
    (root) =>
      root.startsWith(sep) &&
      (allowed?.some((each) => root === each || root.startsWith(`${each}${sep}`)) ?? true),
  );
}

/** What this version does not know is left out. */
function knownCapabilities({
  roots,
  ...declared
}: ResultOf<typeof initialize>['capabilities']): Capabilities {
  const known = CAPABILITY_NAMES.filter((name) => declared[name] === true).map(
    (name) => [name, true] as const,
  );
  return { ...(Object.fromEntries(known) as Capabilities), ...(roots === undefined ? {} : { roots }) };
}

import { InvalidParametersError, StorageError } from '@outrigger/driver';
import type { ResponseError } from 'vscode-jsonrpc/node';
import { z } from 'zod';
import { HANDSHAKE_ERROR_NUMBERS } from '../protocol/error-codes.js';
import { PROTOCOL_VERSIONS } from '../protocol/initialize.js';

/** Host and driver speak no common major of the protocol. Both sides' lists are in the message. */
export class IncompatibleVersionError extends Error {
  override readonly name = 'IncompatibleVersionError';
  readonly hostVersions: readonly number[];
  readonly driverVersions: readonly number[];

  constructor(hostVersions: readonly number[], driverVersions: readonly number[], where = 'the driver') {
    super(
      `no common protocol version: this host speaks ${listVersions(hostVersions)}, ${where} speaks ${listVersions(driverVersions)}`,
    );
    this.hostVersions = hostVersions;
    this.driverVersions = driverVersions;
  }
}

/** What an `initialize` that was answered with an error means. */
export function toHandshakeError(name: string, error: unknown): Error {
  const answered =
    error instanceof StorageError ? (error.cause as Partial<ResponseError<unknown>> | undefined) : undefined;
  if (answered?.code === HANDSHAKE_ERROR_NUMBERS.NO_COMMON_VERSION) {
    const data = VersionData.safeParse(answered.data).data;
    return new IncompatibleVersionError(PROTOCOL_VERSIONS, data?.protocolVersions ?? []);
  }
  if (answered?.code === HANDSHAKE_ERROR_NUMBERS.INVALID_PARAMETERS) {
    const issues = IssueData.safeParse(answered.data).data?.issues;
    return new InvalidParametersError(name, issues ?? [{ key: '', message: answered.message ?? 'refused' }]);
  }
  return error instanceof Error
    ? error
    : new StorageError('UNAVAILABLE', 'the handshake failed', { cause: error });
}

const VersionData = z.object({ protocolVersions: z.array(z.int()).max(64) });
const IssueData = z.object({
  issues: z.array(z.object({ key: z.string().max(256), message: z.string().max(1024) })).max(64),
});

function listVersions(versions: readonly number[]): string {
  return versions.length === 0 ? 'none that it names' : versions.join(', ');
}

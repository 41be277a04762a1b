import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { swift } from '@outrigger/plugin-swift';
import { registerInProcessSuite, registerIpcSuite } from '@outrigger/testsuite/vitest';
import { MAIN, fromRoot } from '../../harness/paths.js';
import { MIB, scaled, seconds } from '../../harness/scale.js';
import type { SwiftServer } from '../../harness/swift-server.js';

export const SWIFT_DRIVER = fromRoot('packages/plugin-swift/dist/main.js');

/** Some content of the suite has several. */
const CHUNK = 4 * MIB;

/**
 * Proves the driver against a server: in this process, in its own over each plane (it has no files to show), and with the
 * command that anybody has.
 *
 * @param missing - why there is no server; undefined when there is one
 */
export function registerSwiftConformance(
  name: string,
  missing: string | undefined,
  start: () => Promise<SwiftServer>,
): void {
  const skipCheck = () => missing;
  let server: SwiftServer | undefined;

  const parameters = () => {
    if (server === undefined) throw new Error(`${name} does not run`);
    return { ...server.container().parameters(), prefix: 'some/prefix', chunksize: CHUNK };
  };

  beforeAll(async () => {
    if (missing === undefined) server = await start();
  });
  afterAll(() => server?.stop());

  let given: Record<string, unknown> | undefined;
  const create = () => swift.create((given ??= parameters()));
  registerInProcessSuite(`swift on ${name}`, { create, reopen: create, skipCheck });
  registerIpcSuite(`swift on ${name}`, {
    executable: SWIFT_DRIVER,
    parameters,
    // Every request costs Swift its time: the short form leaves out the plane that nobody uses beside a socket.
    planes: scaled(['socket'], ['inline', 'socket']),
    skipCheck,
  });

  test.skipIf(missing !== undefined)(
    `outrigger driver test holds on ${name}`,
    async () => {
      const flags = ['driver', 'test', SWIFT_DRIVER, JSON.stringify(parameters()), '--plane', 'socket'];
      const { all, exitCode } = await execa(process.execPath, [MAIN, ...flags], { reject: false, all: true });
      expect(all).toMatch(/^\d+ passed, 0 failed, \d+ skipped$/m);
      expect(exitCode).toBe(0);
    },
    seconds(300),
  );
}

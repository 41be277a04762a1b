import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DriverFactory } from '@outrigger/driver';
import { registerInProcessSuite, registerIpcSuite } from '@outrigger/testsuite/vitest';
import { MAIN, fromRoot } from '../harness/paths.js';
import { scaled, seconds } from '../harness/scale.js';
import { findTool } from '../harness/tool.js';
import type { ToolName } from '../tools/locate.mjs';

/** Some servers of the long form are several processes. */
const START_MS = seconds(120, 300);

type Plane = 'inline' | 'socket';
type Parameters = Record<string, unknown>;

export interface CloudConformance<Server> {
  readonly driver: DriverFactory;
  /** Of its package. */
  readonly executable: string;
  readonly tool: ToolName;
  readonly start: (command: string) => Promise<Server>;
  /** Of a new and empty place on the server. */
  readonly parameters: (server: Server) => Parameters | Promise<Parameters>;
  /** The plane that `outrigger driver test` takes in the short form; undefined: that is left to another server. Default: socket. */
  readonly command?: Plane | undefined;
}

/**
 * Proves a driver against a server: in this process, and with the command that anybody has, which goes over the contract
 * on its plane and over the protocol. The long form adds the contract on every plane (there are no files to show).
 */
export function registerCloudConformance<Server extends { stop(): Promise<void> }>(
  options: CloudConformance<Server>,
): void {
  const { driver, tool, start } = options;
  const plane = 'command' in options ? options.command : 'socket';
  const executable = fromRoot(options.executable);
  const title = `${driver.name} on ${tool}`;
  const found = findTool(tool);
  const missing = typeof found === 'string' ? undefined : found.missing;
  let server: Server | undefined;

  beforeAll(async () => {
    if (typeof found === 'string') server = await start(found);
  }, START_MS);
  afterAll(() => server?.stop());

  const parameters = async () => {
    if (server === undefined) throw new Error(`${tool} does not run`);
    return options.parameters(server);
  };
  let given: Promise<Parameters> | undefined;
  const create = async () => driver.create(await (given ??= parameters()));
  registerInProcessSuite(title, { create, reopen: create, skipCheck: () => missing });
  if (missing !== undefined) return;

  const planes = scaled<readonly Plane[]>([], ['inline', 'socket']);
  if (planes.length > 0) registerIpcSuite(title, { executable, parameters, planes });

  const commandPlane = scaled(plane, plane ?? 'socket');
  test.skipIf(commandPlane === undefined)(
    `outrigger driver test holds: ${title}`,
    async () => {
      const flags = [executable, JSON.stringify(await parameters()), '--plane', commandPlane ?? 'socket'];
      const run = await execa(process.execPath, [MAIN, 'driver', 'test', ...flags], {
        reject: false,
        all: true,
      });
      expect(run.all).toMatch(/^\d+ passed, 0 failed, \d+ skipped$/m);
      expect(run.exitCode).toBe(0);
    },
    seconds(1800),
  );
}

import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { gcs } from '@outrigger/plugin-gcs';
import { registerInProcessSuite, registerIpcSuite } from '@outrigger/testsuite/vitest';
import type { GcsServer } from '../../harness/gcs-server.js';
import { MAIN, fromRoot } from '../../harness/paths.js';
import { findTool } from '../../harness/tool.js';
import type { ToolName } from '../../tools/locate.mjs';

export const GCS_DRIVER = fromRoot('packages/plugin-gcs/dist/main.js');

/**
 * Proves the driver against a server: in this process, in its own over each plane (it has no files to show), and with the
 * command that anybody has.
 */
export function registerGcsConformance(tool: ToolName, start: (command: string) => Promise<GcsServer>): void {
  const command = findTool(tool);
  const skipCheck = () => (typeof command === 'string' ? undefined : command.missing);
  let server: GcsServer | undefined;

  const parameters = async () => {
    if (server === undefined) throw new Error(`${tool} does not run`);
    return { ...(await server.createBucket()).parameters(), rootdirectory: 'some/root' };
  };

  beforeAll(async () => {
    if (typeof command === 'string') server = await start(command);
  });
  afterAll(() => server?.stop());

  let given: Promise<Record<string, unknown>> | undefined;
  const create = async () => gcs.create(await (given ??= parameters()));
  registerInProcessSuite(`gcs on ${tool}`, { create, reopen: create, skipCheck });
  registerIpcSuite(`gcs on ${tool}`, {
    executable: GCS_DRIVER,
    parameters,
    planes: ['inline', 'socket'],
    skipCheck,
  });

  test.skipIf(typeof command !== 'string')(`outrigger driver test holds on ${tool}`, async () => {
    const flags = ['driver', 'test', GCS_DRIVER, JSON.stringify(await parameters()), '--plane', 'socket'];
    const { all, exitCode } = await execa(process.execPath, [MAIN, ...flags], { reject: false, all: true });
    expect(all).toMatch(/^\d+ passed, 0 failed, \d+ skipped$/m);
    expect(exitCode).toBe(0);
  });
}

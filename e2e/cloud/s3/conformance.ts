import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { s3 } from '@outrigger/plugin-s3';
import { registerInProcessSuite, registerIpcSuite } from '@outrigger/testsuite/vitest';
import { MAIN, fromRoot } from '../../harness/paths.js';
import type { S3Server } from '../../harness/s3-server.js';
import { findTool } from '../../harness/tool.js';
import type { ToolName } from '../../tools/locate.mjs';

export const S3_DRIVER = fromRoot('packages/plugin-s3/dist/main.js');

/**
 * Proves the driver against a server: in this process, in its own over each plane (it has no files to show), and with the
 * command that anybody has.
 */
export function registerS3Conformance(tool: ToolName, start: (command: string) => Promise<S3Server>): void {
  const command = findTool(tool);
  const skipCheck = () => (typeof command === 'string' ? undefined : command.missing);
  let server: S3Server | undefined;

  const parameters = async () => {
    if (server === undefined) throw new Error(`${tool} does not run`);
    return (await server.createBucket()).parameters();
  };
  const used = parameters.bind(undefined);

  beforeAll(async () => {
    if (typeof command === 'string') server = await start(command);
  });
  afterAll(() => server?.stop());

  let given: Promise<Record<string, unknown>> | undefined;
  const create = async () => s3.create(await (given ??= used()));
  registerInProcessSuite(`s3 on ${tool}`, { create, reopen: create, skipCheck });
  registerIpcSuite(`s3 on ${tool}`, {
    executable: S3_DRIVER,
    parameters,
    planes: ['inline', 'socket'],
    skipCheck,
  });

  test.skipIf(typeof command !== 'string')(`outrigger driver test holds on ${tool}`, async () => {
    const flags = ['driver', 'test', S3_DRIVER, JSON.stringify(await parameters()), '--plane', 'socket'];
    const { all, exitCode } = await execa(process.execPath, [MAIN, ...flags], { reject: false, all: true });
    expect(all).toMatch(/^\d+ passed, 0 failed, \d+ skipped$/m);
    expect(exitCode).toBe(0);
  });
}

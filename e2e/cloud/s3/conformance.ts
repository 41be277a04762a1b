import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { s3 } from '@outrigger/plugin-s3';
import { registerInProcessSuite, registerIpcSuite } from '@outrigger/testsuite/vitest';
import { MAIN, fromRoot } from '../../harness/paths.js';
import type { S3Server } from '../../harness/s3-server.js';
import { findTool } from '../../harness/tool.js';
import type { ToolName } from '../../tools/locate.mjs';

type Plane = 'inline' | 'socket';

export interface Coverage {
  /** In its own process, over each of these; it has no files to show. */
  readonly planes: readonly Plane[];
  /** With the command that anybody has, over this. */
  readonly command: Plane | undefined;
}

const DRIVER = fromRoot('packages/plugin-s3/dist/main.js');

/** Proves the driver against a server: in this process, and as the coverage says. */
export function registerS3Conformance(
  tool: ToolName,
  start: (command: string) => Promise<S3Server>,
  { planes, command: plane }: Coverage,
): void {
  const command = findTool(tool);
  const skipCheck = () => (typeof command === 'string' ? undefined : command.missing);
  let server: S3Server | undefined;
  beforeAll(async () => {
    if (typeof command === 'string') server = await start(command);
  });
  afterAll(() => server?.stop());

  const parameters = async () => {
    if (server === undefined) throw new Error(`${tool} does not run`);
    return (await server.createBucket()).parameters();
  };
  let shared: Promise<Record<string, unknown>> | undefined;
  const create = async () => s3.create(await (shared ??= parameters()));
  registerInProcessSuite(`s3 on ${tool}`, { create, reopen: create, skipCheck });
  if (planes.length > 0)
    registerIpcSuite(`s3 on ${tool}`, { executable: DRIVER, parameters, planes, skipCheck });

  test.skipIf(plane === undefined || typeof command !== 'string')(
    `outrigger driver test holds on ${tool}`,
    async () => {
      const args = [MAIN, 'driver', 'test', DRIVER, JSON.stringify(await parameters()), '--plane'];
      const run = await execa(process.execPath, [...args, plane ?? 'inline'], { reject: false, all: true });
      expect(run.all).toMatch(/^\d+ passed, 0 failed, \d+ skipped$/m);
      expect(run.exitCode).toBe(0);
    },
    600_000,
  );
}

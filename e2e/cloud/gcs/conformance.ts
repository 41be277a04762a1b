import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { gcs } from '@outrigger/plugin-gcs';
import { registerInProcessSuite, registerIpcSuite } from '@outrigger/testsuite/vitest';
import type { GcsServer } from '../../harness/gcs-server.js';
import { MAIN, fromRoot } from '../../harness/paths.js';
import { findTool } from '../../harness/tool.js';
import type { ToolName } from '../../tools/locate.mjs';

const GCS_DRIVER = fromRoot('packages/plugin-gcs/dist/main.js');

/** What is proved on a server of Google Cloud Storage. */
export interface GcsConformance {
  inProcess(): void;
  /** In a process of its own, over one plane (it has no files to show). */
  overIpc(): void;
  /** The same over the other plane, with the command that anybody has. */
  byCommand(): void;
}

export function gcsConformance(
  tool: ToolName,
  start: (command: string) => Promise<GcsServer>,
): GcsConformance {
  const command = findTool(tool);
  const skipCheck = () => (typeof command === 'string' ? undefined : command.missing);
  const title = `gcs on ${tool}`;
  let server: GcsServer | undefined;

  beforeAll(async () => {
    if (typeof command === 'string') server = await start(command);
  });
  afterAll(() => server?.stop());

  const parameters = async () => {
    if (server === undefined) throw new Error(`${tool} does not run`);
    return { ...(await server.createBucket()).parameters(), rootdirectory: 'some/root' };
  };

  return {
    inProcess() {
      let given: Promise<Record<string, unknown>> | undefined;
      const create = async () => gcs.create(await (given ??= parameters()));
      registerInProcessSuite(title, { create, reopen: create, skipCheck });
    },
    overIpc() {
      registerIpcSuite(title, { executable: GCS_DRIVER, parameters, planes: ['socket'], skipCheck });
    },
    byCommand() {
      describe.skipIf(typeof command !== 'string')(title, () => {
        test('outrigger driver test holds', async () => {
          const flags = [
            'driver',
            'test',
            GCS_DRIVER,
            JSON.stringify(await parameters()),
            '--plane',
            'inline',
          ];
          const { all, exitCode } = await execa(process.execPath, [MAIN, ...flags], {
            reject: false,
            all: true,
          });
          expect(all).toMatch(/^\d+ passed, 0 failed, \d+ skipped$/m);
          expect(exitCode).toBe(0);
        });
      });
    },
  };
}

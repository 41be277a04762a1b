import { execa } from 'execa';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { azure } from '@outrigger/plugin-azure';
import { registerInProcessSuite, registerIpcSuite } from '@outrigger/testsuite/vitest';
import type { AzuriteServer } from '../../harness/azurite-server.js';
import { startAzurite } from '../../harness/azurite-server.js';
import { MAIN, fromRoot } from '../../harness/paths.js';
import { findTool } from '../../harness/tool.js';

const EXECUTABLE = fromRoot('packages/plugin-azure/dist/main.js');

const command = findTool('azurite-blob');
const skipCheck = () => (typeof command === 'string' ? undefined : command.missing);
let server: AzuriteServer | undefined;

const parameters = async () => {
  if (server === undefined) throw new Error('azurite does not run');
  return (await server.createContainer()).parameters();
};

beforeAll(async () => {
  if (typeof command === 'string') server = await startAzurite(command);
});
afterAll(() => server?.stop());

let given: Promise<Record<string, unknown>> | undefined;
const create = async () => azure.create(await (given ??= parameters()));
registerInProcessSuite('azure', { create, reopen: create, skipCheck });
// It has no files to show, and over sockets the command below proves it.
registerIpcSuite('azure', { executable: EXECUTABLE, parameters, planes: ['inline'], skipCheck });

test.skipIf(typeof command !== 'string')(
  'outrigger driver test holds on azurite',
  async () => {
    const flags = ['driver', 'test', EXECUTABLE, JSON.stringify(await parameters()), '--plane', 'socket'];
    const { all, exitCode } = await execa(process.execPath, [MAIN, ...flags], { reject: false, all: true });
    expect(all).toMatch(/^\d+ passed, 0 failed, \d+ skipped$/m);
    expect(exitCode).toBe(0);
  },
  240_000,
);

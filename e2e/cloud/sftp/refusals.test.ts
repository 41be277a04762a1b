import { execa } from 'execa';
import { chmod, copyFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sftp } from '@outrigger/plugin-sftp';
import type { StorageDriver } from '@outrigger/driver';
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import type { SshdServer } from '../../harness/sshd-server.js';
import { startSshd } from '../../harness/sshd-server.js';
import { temporaryDirectory } from '../../harness/temporary-directory.js';
import { findTool, skipMissing } from '../../harness/tool.js';
import { expectRefusedParameters, expectRefusedStart } from '../refused-start.js';

const command = findTool('sshd');
if (typeof command !== 'string') skipMissing('who is let in over SFTP, and who is not', command);

describe.skipIf(typeof command !== 'string')('who is let in over SFTP, and who is not:', () => {
  let server: SshdServer;
  beforeAll(async () => {
    server = await startSshd(typeof command === 'string' ? command : '');
  });
  afterAll(() => server.stop());

  const parameters = async (others: Record<string, unknown> = {}) => ({
    ...(await server.createStore()).parameters(),
    ...others,
  });
  const expectWorking = async (given: Record<string, unknown>) => {
    const driver: StorageDriver = await sftp.create(given);
    onTestFinished(() => driver.close());
    await driver.put('/a/b', Buffer.from('content'));
    expect(Buffer.from(await driver.get('/a/b')).toString()).toBe('content');
  };

  test('a server with another key', async () => {
    const hostkey = `SHA256:${'A'.repeat(43)}`;
    const said = await expectRefusedParameters(
      sftp,
      await parameters({ hostkey }),
      `hostkey: the server 127.0.0.1:${server.port} shows another key: ssh-ed25519 SHA256:`,
    );
    expect(said).toContain(server.fingerprint);
  });

  test('a wrong password, and the registry says so in one line', async () => {
    const password = 'hunter2';
    const given = await parameters({ password, privatekey: null });
    const words = 'password: the server';
    const output = await expectRefusedStart({ driver: 'sftp', parameters: given }, words, 'does not let');
    expect(output).not.toContain(password);
  });

  test('a key that the server does not know', async () => {
    const privatekey = await server.createKey('stranger');
    await expectRefusedParameters(sftp, await parameters({ privatekey }), 'privatekey: the server');
  });

  test('a directory that the account may not make', async () => {
    const given = await parameters({ rootdirectory: '/proc/outrigger' });
    await expectRefusedParameters(sftp, given, 'rootdirectory: cannot be made or opened');
  });

  test('a known_hosts file, by name and hashed, and another one', async () => {
    const hostkey = join(await temporaryDirectory(), 'known_hosts');
    await writeFile(hostkey, `# a comment\n${server.knownHosts}`);
    await expectWorking(await parameters({ hostkey }));
    await execa('ssh-keygen', ['-q', '-H', '-f', hostkey]);
    await expectWorking(await parameters({ hostkey }));
    await writeFile(hostkey, server.knownHosts.replace('127.0.0.1', '127.0.0.2'));
    await expectRefusedParameters(sftp, await parameters({ hostkey }), 'hostkey: the known_hosts file');
  });

  test('an encrypted key with its passphrase, another one, and none', async () => {
    const file = join(await temporaryDirectory(), 'key');
    await copyFile(server.privateKey, file);
    await chmod(file, 0o600);
    await execa('ssh-keygen', ['-q', '-p', '-P', '', '-N', 'open sesame', '-f', file]);
    await expectWorking(await parameters({ privatekey: file, passphrase: 'open sesame' }));
    const wrong = await parameters({ privatekey: file, passphrase: 'open barley' });
    await expectRefusedParameters(sftp, wrong, 'passphrase: does not open the private key');
    await expectRefusedParameters(sftp, await parameters({ privatekey: file }), 'passphrase: is required');
  });

  test('the keys of an agent', async () => {
    const directory = await temporaryDirectory();
    const socket = join(directory, 'agent');
    const agent = execa('ssh-agent', ['-D', '-a', socket], { reject: false });
    onTestFinished(async () => {
      agent.kill();
      await agent;
    });
    const file = join(directory, 'key');
    await copyFile(server.privateKey, file);
    await chmod(file, 0o600);
    const add = () =>
      execa('ssh-add', ['-q', file], { env: { SSH_AUTH_SOCK: socket }, reject: false }).then(
        ({ exitCode }) => exitCode,
      );
    await expect.poll(add).toBe(0);
    vi.stubEnv('SSH_AUTH_SOCK', socket);
    onTestFinished(() => void vi.unstubAllEnvs());
    await expectWorking(await parameters({ privatekey: null, agent: true }));
  });
});

import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { issue } from '../certificates.js';
import { RunningCommand, runCommand } from '../command.js';
import { temporaryDirectory } from '../temporary-directory.js';

const identity = issue({ commonName: 'localhost' });
const other = issue({ commonName: 'localhost' });

async function configure(key: string): Promise<string> {
  const directory = await temporaryDirectory();
  await writeFile(join(directory, 'cert.pem'), identity.certificate);
  await writeFile(join(directory, 'key.pem'), key);
  const tls = '{certificate: cert.pem, key: key.pem}';
  const config = `version: 0.1\nstorage: inmemory\nhttp: {addr: "127.0.0.1:0", tls: ${tls}}\noutrigger: {profile: strict}\n`;
  await writeFile(join(directory, 'config.yml'), config);
  return directory;
}

it('the command serves over TLS, says so, and asks clients to stay there', async () => {
  const cwd = await configure(identity.key);
  const command = new RunningCommand(['serve', 'config.yml'], { cwd });
  onTestFinished(async () => {
    command.child.kill('SIGKILL');
    await command.ended;
  });
  const [, url = ''] = await command.printed('stdout', /listens on (https:\S+)/);
  const req = request(`${url}/v2/a/blobs/uploads/`, {
    method: 'POST',
    ca: identity.certificate,
    agent: false,
  });
  const [res] = (await once(req.end(), 'response')) as [IncomingMessage];
  res.resume();
  expect(res.headers['strict-transport-security']).toBe('max-age=31536000');
  expect(res.headers.location?.startsWith(`${url}/v2/a/`)).toBe(true);
  command.child.kill('SIGHUP');
  await command.printed('stderr', /the certificate was loaded again/);
  command.child.kill('SIGTERM');
  expect(await command.ended).toMatchObject({ status: 0 });
});

it('a key of another certificate ends the start with 78 and one line', async () => {
  const ended = await runCommand(['serve', 'config.yml'], { cwd: await configure(other.key) });
  expect(ended).toMatchObject({ status: 78, stdout: '' });
  expect(ended.stderr).toMatch(/^outrigger: http\.tls\.key: key\.pem is not the key of .* cert\.pem$/m);
  expect(ended.stderr).not.toContain(other.key.split('\n')[1]);
});

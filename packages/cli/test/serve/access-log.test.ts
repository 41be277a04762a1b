import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { RunningCommand } from '../command.js';
import { temporaryDirectory } from '../temporary-directory.js';

it('the access log has the combined form on stdout, one plain line for each request, and no token', async () => {
  const command = new RunningCommand(['serve'], {
    cwd: await temporaryDirectory(),
    environment: { REGISTRY_HTTP_ADDR: '127.0.0.1:0' },
  });
  onTestFinished(async () => {
    command.child.kill('SIGKILL');
    await command.ended;
  });
  const [, url = ''] = await command.printed('stdout', /listens on (http:\S+)[^]*^push/m);
  await fetch(`${url}/v2/a/tags/list?n=5&_state=s3cr3t&%1b[2J=1`, {
    headers: { 'User-Agent': 'a"b\u009b2J', Referer: 'x', 'X-Request-Id': 'id-1' },
  });
  const [, line] = await command.printed('stdout', /^(127\.0\.0\.1 .*)\n/m);
  expect(line).toMatch(
    /^127\.0\.0\.1 - - \[\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000\] "GET \/v2\/a\/tags\/list\?n=5&_state=\*\*\*&%1b\[2J=\*\*\* HTTP\/1\.1" 404 \d+ "x" "a\\"b\\\\u009b2J" id-1$/,
  );
  expect(command.stderr).not.toContain('request');
});

it('the access log names the user that was let in, as one word, and no other', async () => {
  const directory = await temporaryDirectory();
  // The password is CANARY-password-5d1f.
  const hash = '$2b$05$AvxytkL903igIBx7mCet4eRPbtwXbbCTeJO/kTE6sRb4qFTJUuNLS';
  await writeFile(join(directory, 'users'), `a b:${hash}\n`);
  const auth = { htpasswd: { realm: 'r', path: join(directory, 'users') } };
  const config = { version: '0.1', storage: 'inmemory', http: { addr: '127.0.0.1:0' }, auth };
  await writeFile(join(directory, 'config.yml'), JSON.stringify(config));
  const command = new RunningCommand(['serve', 'config.yml'], { cwd: directory });
  onTestFinished(async () => {
    command.child.kill('SIGKILL');
    await command.ended;
  });
  const [, url = ''] = await command.printed('stdout', /listens on (http:\S+)[^]*^push/m);
  for (const password of ['CANARY-password-5d1f', 'wrong']) {
    const authorization = `Basic ${Buffer.from(`a b:${password}`).toString('base64')}`;
    await fetch(`${url}/v2/`, { headers: { authorization } });
  }
  await command.printed('stdout', /^127\.0\.0\.1 - a%20b \[.* 200 .*\n127\.0\.0\.1 - - \[.* 401 /m);
});

it('the access log can be switched off, and answers carry no id then', async () => {
  const command = new RunningCommand(['serve'], {
    cwd: await temporaryDirectory(),
    environment: { REGISTRY_HTTP_ADDR: '127.0.0.1:0', REGISTRY_LOG_ACCESSLOG_DISABLED: 'true' },
  });
  onTestFinished(() => void command.child.kill('SIGKILL'));
  const [, url = ''] = await command.printed('stdout', /listens on (http:\S+)[^]*^push/m);
  const answer = await fetch(`${url}/v2/`);
  expect([answer.status, answer.headers.get('x-request-id')]).toEqual([200, null]);
  expect((await fetch(`${url}/v2/a/tags/list`)).headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  command.child.kill('SIGTERM');
  expect((await command.ended).stdout).not.toContain('/v2/ HTTP');
});

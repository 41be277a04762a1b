import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it, onTestFinished } from 'vitest';

const PROGRAM = `
import { createLog } from ${JSON.stringify(new URL('../../dist/log/create-log.js', import.meta.url).href)};
const { log } = createLog({ level: 'info', formatter: 'json', fields: {}, accessLog: false });
const before = process.memoryUsage.rss();
for (let round = 0; round < 128; round++) {
  for (let line = 0; line < 1024; line++) log.info({ filling: 'x'.repeat(2048) }, 'm');
  await new Promise((resolve) => setImmediate(resolve));
}
process.stdout.write(String((process.memoryUsage.rss() - before) >> 20));
setInterval(() => undefined, 1000);
`;

it('a log that nobody reads does not fill the memory', async () => {
  const child = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM], { stdio: 'pipe' });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [grown] = (await once(child.stdout, 'data')) as [Buffer];
  // Of 256 MiB, of which a busy machine leaves some for the next collection of garbage.
  expect(Number(grown.toString())).toBeLessThan(150);
});

const STUCK = `
import { createLog } from ${JSON.stringify(new URL('../../dist/log/create-log.js', import.meta.url).href)};
const { log, flush } = createLog({ level: 'info', formatter: process.argv[1], fields: {}, accessLog: false });
for (let line = 0; line < 2048; line++) log.info({ filling: 'x'.repeat(2048) }, 'm');
flush();
process.exit(7);
`;

it.each(['json', 'text'])('a log that nobody reads does not hold up the end: %s', async (formatter) => {
  const child = spawn(process.execPath, ['--input-type=module', '-e', STUCK, formatter], { stdio: 'pipe' });
  onTestFinished(() => void child.kill('SIGKILL'));
  expect(await once(child, 'exit')).toEqual([7, null]);
});

const HOSTILE = `
import { createLog } from ${JSON.stringify(new URL('../../dist/log/create-log.js', import.meta.url).href)};
const { log, flush } = createLog({ level: 'info', formatter: process.argv[1], fields: { site: 'a' }, accessLog: false });
log.info({ agent: 'a\\u202eb\\u009b\\u007f\\u001b[2J\\r\\nlevel=error \\u200b' }, 'm\\u2066');
log.error({ err: new Error('GET https://u:p4ssw0rd@host/x?X-Amz-Signature=s1gn4ture&n=1 failed') }, 'm');
log.info({ url: '/v2/a/blobs/uploads/1?_state=t0ken', headers: { authorization: 'Basic dXNlcjpwYXNz', 'set-cookie': ['c00kie'] } }, 'm');
flush();
`;

it.each(['json', 'logstash', 'text'])(
  'no control reaches the log, nor a credential: %s',
  async (formatter) => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', HOSTILE, formatter], {
      stdio: 'pipe',
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    let output = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
    await once(child, 'close');
    expect(output.trimEnd().split('\n')).toHaveLength(3);
    expect(output).toMatch(/^[\n\u0020-\u007e]*$/);
    expect(output).toContain('\\u202e');
    expect(output).not.toMatch(/p4ssw0rd|s1gn4ture|t0ken|dXNlcjpwYXNz|c00kie/);
    if (formatter !== 'text')
      for (const line of output.trimEnd().split('\n')) expect(JSON.parse(line)).toMatchObject({ site: 'a' });
  },
);

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it, onTestFinished } from 'vitest';

const PROGRAM = `
import { createLog } from ${JSON.stringify(new URL('../../dist/log/create-log.js', import.meta.url).href)};
const { log } = createLog({ level: 'info', formatter: 'json', fields: {}, accessLog: false });
const before = process.memoryUsage.rss();
for (let round = 0; round < 64; round++) {
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
  expect(Number(grown.toString())).toBeLessThan(100);
});

import { afterEach, expect, test, vi } from 'vitest';
import type { TestContext } from 'vitest';
import { s3 } from '@outrigger/plugin-s3';
import { createContent } from '../../harness/content.js';
import { s3Error, startFaultProxy } from '../../harness/fault-proxy.js';
import { request } from '../../harness/http.js';
import type { S3Bucket, S3Server } from '../../harness/s3-server.js';
import { S3_SECRET_KEY } from '../../harness/s3-server.js';
import { serveFailure } from '../../harness/serve-failure.js';
import { testRegistry } from '../../harness/start-registry.js';
import { useTool } from '../../harness/tool.js';
import { until } from '../../harness/until.js';
import { pushBlob } from '../../harness/upload.js';
import { startVersitygw } from '../../harness/versitygw-server.js';
import { overS3 } from './s3-registry.js';

/** Of sysexits.h: a parameter is wrong. */
const CONFIG = 78;
const WRONG = 'a-wrong-value';

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

async function startServer(context: TestContext): Promise<S3Server> {
  const server = await startVersitygw(useTool(context, 'versitygw'));
  cleanups.push(() => server.stop());
  return server;
}

async function behindProxy(context: TestContext) {
  const server = await startServer(context);
  const proxy = await startFaultProxy(server.url);
  cleanups.push(() => proxy.stop());
  return { proxy, bucket: await server.createBucket() };
}

test.for([
  ['accesskey', { accesskey: WRONG }, 'the store does not know this access key'],
  ['secretkey', { secretkey: WRONG }, 'the secret key does not belong to the access key'],
  ['bucket', { bucket: WRONG }, 'there is no such bucket'],
  ['region', { region: 'eu-west-1' }, 'another region'],
  ['region', { region: 'eu-cental-1', regionendpoint: '' }, 'no region of AWS'],
] as const)('a wrong %s ends the start in one line', async ([key, wrong, words], context) => {
  const bucket = await (await startServer(context)).createBucket();
  await expectRefusal(bucket, wrong, `${key}: `, words);
});

test.for([
  ['ExpiredToken', 400, 'the temporary credentials have expired'],
  ['AccessDenied', 403, 's3:ListBucket is missing'],
] as const)('%s ends the start in one line', async ([code, status, words], context) => {
  const { proxy, bucket } = await behindProxy(context);
  proxy.decide(() => ({ kind: 'answer', status, body: s3Error(code) }));
  await expectRefusal(bucket, { regionendpoint: proxy.url }, '', words);
});

async function expectRefusal(bucket: S3Bucket, wrong: object, key: string, words: string): Promise<void> {
  const { exitCode, output } = await serveFailure(overS3(bucket, { parameters: { ...wrong } }));
  expect(exitCode).toBe(CONFIG);
  const lines = output.split('\n').filter((line) => line.includes(words));
  expect(lines, output).toHaveLength(1);
  expect(lines[0]).toContain('storage driver s3: ' + key);
  expectNoSecret(output);
}

function expectNoSecret(output: string): void {
  expect(output).not.toContain(S3_SECRET_KEY);
  expect(output).not.toContain(WRONG);
  expect(output).not.toMatch(/X-Amz-Signature|StringToSign|^\s+at /m);
}

test('credentials that expire later: 503, and the cause in the log', async (context) => {
  const { proxy, bucket } = await behindProxy(context);
  const registry = await testRegistry(overS3(bucket, { url: proxy.url }));
  const blob = createContent('credentials', 1000);
  await pushBlob(registry.url, 'a/b', blob);
  proxy.decide(() => ({ kind: 'answer', status: 400, body: s3Error('ExpiredToken') }));
  const other = createContent('no credentials', 1000);
  await expect(pushBlob(registry.url, 'a/b', other)).rejects.toThrow('status 503');
  await until('the cause', () => registry.logs().includes('the temporary credentials have expired'));
  expectNoSecret(registry.logs());
  proxy.decide(() => undefined);
  await pushBlob(registry.url, 'a/b', other);
});

test('a store that is not there yet: the registry starts, answers 503, and works when it comes', async (context) => {
  const server = await startServer(context);
  const bucket = await server.createBucket();
  await server.kill();
  const registry = await testRegistry(overS3(bucket));
  expect(registry.logs()).toContain('the store did not answer at the start');
  const answer = await request(`${registry.url}/v2/a/b/tags/list`);
  expect(answer.status).toBe(503);
  await server.start();
  await pushBlob(registry.url, 'a/b', createContent('late', 1000));
});

test('a clock that is wrong by an hour: the time of the store is taken, for signed URLs too', async (context) => {
  const bucket = await (await startServer(context)).createBucket();
  const told = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 3_600_000 });
  try {
    const driver = await s3.create(bucket.parameters());
    expect(told.mock.calls.join('')).toContain('differs from the clock of the store by 60 minutes');
    await driver.put('/a', Buffer.from('content'));
    const redirect = await driver.redirectURL?.('/a', { method: 'GET' });
    const answer = await fetch(redirect?.url ?? '');
    expect(await answer.text()).toBe('content');
    await driver.close();
  } finally {
    vi.useRealTimers();
    told.mockRestore();
  }
});

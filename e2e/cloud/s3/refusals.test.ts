import { s3 } from '@outrigger/plugin-s3';
import { afterAll, expect, onTestFinished, test, vi } from 'vitest';
import type { TestContext } from 'vitest';
import { createContent } from '../../harness/content.js';
import { s3Error, startFaultProxy } from '../../harness/fault-proxy.js';
import { request } from '../../harness/http.js';
import type { S3Server } from '../../harness/s3-server.js';
import { S3_SECRET_KEY } from '../../harness/s3-server.js';
import { testRegistry } from '../../harness/start-registry.js';
import { useTool } from '../../harness/tool.js';
import { until } from '../../harness/until.js';
import { pushBlob } from '../../harness/upload.js';
import { startVersitygw } from '../../harness/versitygw-server.js';
import { Push } from '../push.js';
import { expectRefusedParameters, expectRefusedStart } from '../refused-start.js';
import { overS3 } from './s3-registry.js';

const WRONG = 'a-wrong-value';

let server: Promise<S3Server> | undefined;
afterAll(async () => (await server)?.stop());

/** A new bucket of a server that checks credentials. */
async function createBucket(context: TestContext) {
  const command = useTool(context, 'versitygw');
  return (await (server ??= startVersitygw(command))).createStore();
}

async function behindProxy(context: TestContext) {
  const bucket = await createBucket(context);
  const proxy = await startFaultProxy((await server)?.url ?? '');
  onTestFinished(() => proxy.stop());
  return { proxy, bucket };
}

test.for([
  [{ accesskey: WRONG }, 'accesskey: the store does not know this access key'],
  [{ secretkey: WRONG }, 'secretkey: the secret key does not belong to the access key'],
  [{ bucket: WRONG }, 'bucket: there is no such bucket'],
  [{ region: 'eu-west-1' }, 'region: '],
] as const)('%j is refused by the store, in one line', async ([wrong, line], context) => {
  const bucket = await createBucket(context);
  const parameters = { ...bucket.parameters(), ...wrong };
  expectNoSecret(await expectRefusedParameters(s3, parameters, `storage driver s3: ${line}`));
});

test('a registry whose credentials are refused does not start, and says so in one line', async (context) => {
  const bucket = await createBucket(context);
  const options = overS3(bucket, { parameters: { secretkey: WRONG } });
  const refusal = 'secretkey: the secret key does not belong to the access key';
  expectNoSecret(await expectRefusedStart(options, 'storage driver s3', refusal));
});

test('a registry whose credentials have expired does not start, and says so', async (context) => {
  const { proxy, bucket } = await behindProxy(context);
  proxy.decide(() => ({ kind: 'answer', status: 400, body: s3Error('ExpiredToken') }));
  const options = overS3(bucket, { url: proxy.url });
  expectNoSecret(await expectRefusedStart(options, 'accesskey: the temporary credentials have expired'));
});

function expectNoSecret(output: string): void {
  expect(output).not.toContain(S3_SECRET_KEY);
  expect(output).not.toContain(WRONG);
  expect(output).not.toMatch(/X-Amz-Signature|StringToSign|^\s+at /m);
}

test('credentials that expire later: 503, and the cause in the log', async (context) => {
  const { proxy, bucket } = await behindProxy(context);
  const registry = await testRegistry(overS3(bucket, { url: proxy.url }));
  await pushBlob(registry.url, 'a/b', createContent('credentials', 1000));
  proxy.decide(() => ({ kind: 'answer', status: 400, body: s3Error('ExpiredToken') }));
  const other = createContent('no credentials', 1000);
  await expect(pushBlob(registry.url, 'a/b', other)).rejects.toThrow('status 503');
  await until('the cause', () => registry.logs().includes('the temporary credentials have expired'));
  expectNoSecret(registry.logs());
  proxy.decide(() => undefined);
  await pushBlob(registry.url, 'a/b', other);
});

test('a store that is not there yet: the registry starts, answers 503, and works when it comes', async (context) => {
  const bucket = await createBucket(context);
  const store = await server;
  await store?.kill();
  try {
    const registry = await testRegistry(overS3(bucket));
    await until('the warning', () => registry.logs().includes('the store did not answer at the start'));
    expect((await request(`${registry.url}/v2/a/b/tags/list`)).status).toBe(503);
    await store?.start();
    // As clients do: a request that began while nobody was there may still be answered 503.
    await new Push(() => registry.url, 'a/b', createContent('late', 1000), false).end();
  } finally {
    await store?.kill();
    await store?.start();
  }
});

test('a clock that is wrong by an hour: the time of the store is taken, for signed URLs too', async (context) => {
  const bucket = await createBucket(context);
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

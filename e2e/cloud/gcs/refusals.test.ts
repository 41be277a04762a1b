import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gcs } from '@outrigger/plugin-gcs';
import type { TestContext } from 'vitest';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { createContent } from '../../harness/content.js';
import { startFakeGcs } from '../../harness/fake-gcs-server.js';
import { startFaultProxy } from '../../harness/fault-proxy.js';
import type { GcsBucket, GcsServer } from '../../harness/gcs-server.js';
import { request } from '../../harness/http.js';
import { testRegistry } from '../../harness/start-registry.js';
import { temporaryDirectory } from '../../harness/temporary-directory.js';
import { useTool } from '../../harness/tool.js';
import { until } from '../../harness/until.js';
import { pushBlob } from '../../harness/upload.js';
import { expectRefusedParameters, expectRefusedStart } from '../refused-start.js';
import { overGcs } from './gcs-registry.js';

const WRONG = 'a-wrong-value';

let common: Promise<GcsServer> | undefined;
afterAll(async () => (await common)?.stop());

/** The one that runs until the end. */
function commonServer(context: TestContext): Promise<GcsServer> {
  const command = useTool(context, 'fake-gcs-server');
  return (common ??= startFakeGcs(command));
}

async function createBucket(context: TestContext): Promise<GcsBucket> {
  return (await commonServer(context)).createStore();
}

async function behindProxy(context: TestContext) {
  const proxy = await startFaultProxy((await commonServer(context)).url);
  onTestFinished(() => proxy.stop());
  return { proxy, bucket: await createBucket(context) };
}

/** As the JSON API says it. */
function gcsError(code: number, message: string): string {
  return JSON.stringify({ error: { code, message, errors: [{ message, reason: 'test' }] } });
}

test.for([
  ['bucket', { bucket: WRONG }, 'the bucket does not exist'],
  ['keyfile', { keyfile: `/no/${WRONG}` }, 'cannot be read (ENOENT)'],
  ['credentials', { credentials: { client_email: WRONG } }, 'lacks private_key'],
  ['credentials', { credentials: { type: WRONG } }, 'has an unknown type'],
  ['chunksize', { chunksize: 300_000 }, 'must be a multiple of 262144'],
  ['endpoint', { endpoint: WRONG }, 'must be a URL'],
] as const)('a wrong %s is refused in one line: %j', async ([key, wrong, words], context) => {
  await expectRefusal(await createBucket(context), wrong, key, words);
});

test('a key file that is no JSON is refused in one line, without what is in it', async (context) => {
  const bucket = await createBucket(context);
  const keyfile = join(await temporaryDirectory(), 'key.json');
  await writeFile(keyfile, `-----BEGIN ${WRONG}`);
  await expectRefusal(bucket, { keyfile }, 'keyfile', 'is no JSON');
});

test.for([
  [401, 'Invalid Credentials', 'the credentials are refused'],
  [403, 'x does not have storage.objects.list access', 'the permission storage.objects.list is missing'],
] as const)(
  'status %i is told in one line, with the parameter',
  async ([status, message, words], context) => {
    const { proxy, bucket } = await behindProxy(context);
    proxy.decide(() => ({ kind: 'answer', status, body: gcsError(status, message) }));
    await expectRefusal(bucket, { endpoint: proxy.url }, 'credentials', words);
  },
);

async function expectRefusal(bucket: GcsBucket, wrong: object, key: string, words: string): Promise<void> {
  const line = await expectRefusedParameters(gcs, { ...bucket.parameters(), ...wrong }, words);
  expect(line).toContain(`storage driver gcs: ${key}: `);
  expectNoSecret(line);
}

test('a registry whose bucket does not exist does not start, and says so in one line', async (context) => {
  const options = overGcs(await createBucket(context), { parameters: { bucket: WRONG } });
  const line = 'storage driver gcs: bucket: ';
  expectNoSecret(await expectRefusedStart(options, 'the bucket does not exist', line));
});

function expectNoSecret(output: string): void {
  expect(output).not.toContain('PRIVATE KEY');
  expect(output).not.toContain(WRONG);
  expect(output).not.toMatch(/X-Goog-Signature|^\s+at /m);
}

test('a permission that is taken away later: 503, and the cause in the log', async (context) => {
  const { proxy, bucket } = await behindProxy(context);
  const registry = await testRegistry(overGcs(bucket, { url: proxy.url }));
  await pushBlob(registry.url, 'a/b', createContent('allowed', 1000));
  const message = 'x does not have storage.objects.create access to the Google Cloud Storage object.';
  proxy.decide(({ method }) =>
    method === 'POST' ? { kind: 'answer', status: 403, body: gcsError(403, message) } : undefined,
  );
  const other = createContent('not allowed', 1000);
  await expect(pushBlob(registry.url, 'a/b', other)).rejects.toThrow('status 503');
  await until('the cause', () =>
    registry.logs().includes('the permission storage.objects.create is missing'),
  );
  expectNoSecret(registry.logs());
  proxy.decide(() => undefined);
  await pushBlob(registry.url, 'a/b', other);
});

test('one request in five is refused as too many: pushes and pulls succeed', async (context) => {
  const { proxy, bucket } = await behindProxy(context);
  const registry = await testRegistry(overGcs(bucket, { url: proxy.url }));
  let turn = 0;
  proxy.decide(() =>
    ++turn % 5 === 0
      ? {
          kind: turn % 2 === 0 ? 'answer' : 'replace',
          status: 429,
          body: gcsError(429, 'rate limit exceeded'),
        }
      : undefined,
  );
  const content = createContent('busy', 600_000);
  await pushBlob(registry.url, 'a/b', content);
  const { status } = await request(`${registry.url}/v2/a/b/blobs/${content.digest}`);
  expect(status).toBe(200);
});

test('a store that is not there yet: the registry starts, and answers 503 with the cause in the log', async (context) => {
  const server = await startFakeGcs(useTool(context, 'fake-gcs-server'));
  onTestFinished(() => server.stop());
  const bucket = await server.createStore();
  await server.kill();
  const registry = await testRegistry(overGcs(bucket));
  await until('the warning', () => registry.logs().includes('the store did not answer at the start'));
  const answer = await request(`${registry.url}/v2/a/b/tags/list`);
  expect(answer.status).toBe(503);
  await until('the cause', () => registry.logs().includes('the store does not answer (ECONNREFUSED)'));
});

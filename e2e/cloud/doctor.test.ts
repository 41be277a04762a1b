import { PutBucketPolicyCommand } from '@aws-sdk/client-s3';
import { execa } from 'execa';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { MAIN } from '../harness/paths.js';
import type { S3Bucket, S3Server } from '../harness/s3-server.js';
import { S3_ACCESS_KEY, S3_SECRET_KEY } from '../harness/s3-server.js';
import { startVersitygw } from '../harness/versitygw-server.js';
import { locate } from '../tools/locate.mjs';

/** Somebody who may do nothing but what a bucket says. */
const USER = 'reader';
const USER_SECRET = 'hunter2-of-the-reader';

const OBJECTS = ['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload'];

let server: S3Server;
let bucket: S3Bucket;

/** Versity's gateway with users and policies: it checks both, and signatures. */
beforeAll(async () => {
  const command = locate('versitygw');
  if (typeof command !== 'string') throw new Error(command.missing);
  server = await startVersitygw(command, { hasUsers: true });
  const admin = ['admin', '--access', S3_ACCESS_KEY, '--secret', S3_SECRET_KEY, '--endpoint-url', server.url];
  const user = ['create-user', '--access', USER, '--secret', USER_SECRET, '--role', 'user'];
  await execa(command, [...admin, ...user]);
});
beforeEach(async () => {
  bucket = await server.createStore();
});
afterAll(() => server.stop());

test('with every right all is well, and nothing is left in the bucket', async () => {
  const { exitCode, lines } = await doctor(bucket.parameters());
  expect(lines.filter((line) => line.startsWith('FAILED'))).toEqual([]);
  expect(lines.filter((line) => line.startsWith('warning'))).toEqual([
    expect.stringContaining('fetch content by a signed URL: from 127.0.0.1'),
  ]);
  expect(lines.find((line) => line.includes('forged'))).toMatch(/^ok .* answers 403$/);
  expect(lines.find((line) => line.includes('second process, and finish'))).toMatch(/^ok .*: 12\.0 MiB$/);
  expect(exitCode).toBe(0);
  expect(await bucket.names()).toEqual([]);
  expect(await bucket.openMultiparts()).toEqual([]);
});

test('without any right it names the one that a start wants', async () => {
  const { exitCode, lines } = await doctor(asUser());
  expect(lines[4]).toMatch(
    /^FAILED .*s3:ListBucket is missing.*What helps: allow s3:ListBucket on the bucket/,
  );
  expect(exitCode).toBe(1);
});

test('who may only read is told of s3:PutObject', async () => {
  await allow('s3:ListBucket', 's3:GetObject');
  const { exitCode, lines } = await doctor(asUser());
  expect(lines.filter((line) => line.startsWith('FAILED'))).toEqual([
    expect.stringMatching(/write a small object: .*What helps: allow s3:PutObject on its objects/),
  ]);
  expect(exitCode).toBe(1);
});

test.each([
  ['s3:DeleteObject', 'delete an object'],
  ['s3:AbortMultipartUpload', 'cancel an upload'],
])('who lacks %s is told so', async (right, what) => {
  await allow('s3:ListBucket', ...OBJECTS.filter((each) => each !== right));
  const { exitCode, lines } = await doctor(asUser());
  const line = lines.find((each) => each.includes(what));
  expect(line).toMatch(new RegExp(`^FAILED .*What helps: allow ${right} on its objects`));
  expect(exitCode).toBe(1);
});

test.each([
  [
    'secretkey',
    { secretkey: 'hunter2-wrong' },
    /secretkey: the secret key does not belong to the access key/,
  ],
  ['bucket', { bucket: 'no-such-bucket' }, /bucket: there is no such bucket/],
  [
    'regionendpoint',
    { regionendpoint: 'http://127.0.0.1:1' },
    /cannot be reached .*ECONNREFUSED.*check its host/,
  ],
])('a wrong %s is said in one line', async (_name, wrong, message) => {
  const { exitCode, lines } = await doctor({ ...bucket.parameters(), ...wrong });
  expect(lines.filter((line) => line.startsWith('FAILED') && message.test(line)).length).toBeGreaterThan(0);
  expect(exitCode).toBe(1);
});

function asUser(): Record<string, unknown> {
  return { ...bucket.parameters(), accesskey: USER, secretkey: USER_SECRET };
}

async function allow(...actions: string[]): Promise<void> {
  const ofBucket = (action: string) => action.includes('Bucket');
  const statement = (Action: string[], Resource: string) => ({
    Effect: 'Allow',
    Principal: { AWS: [USER] },
    Action,
    Resource,
  });
  const Statement = [
    statement(actions.filter(ofBucket), `arn:aws:s3:::${bucket.name}`),
    statement(
      actions.filter((action) => !ofBucket(action)),
      `arn:aws:s3:::${bucket.name}/*`,
    ),
  ];
  await bucket.client.send(
    new PutBucketPolicyCommand({ Bucket: bucket.name, Policy: JSON.stringify({ Statement }) }),
  );
}

/** The command, its parameters over stdin; nothing secret may be in what it says. */
async function doctor(parameters: Record<string, unknown>) {
  const { exitCode, stdout, stderr } = await execa(process.execPath, [MAIN, 'driver', 'doctor', 's3', '-'], {
    input: JSON.stringify(parameters),
    reject: false,
  });
  expect(stdout + stderr).not.toMatch(/hunter2|testsecret/);
  return { exitCode, lines: stdout.split('\n') };
}

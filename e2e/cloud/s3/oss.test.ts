import { InvalidParametersError, checkDriver, listAll } from '@outrigger/driver';
import { oss } from '@outrigger/plugin-s3';
import { expect, onTestFinished, test } from 'vitest';
import { S3_ACCESS_KEY, S3_REGION, S3_SECRET_KEY } from '../../harness/s3-server.js';
import { useTool } from '../../harness/tool.js';
import { startVersitygw } from '../../harness/versitygw-server.js';

test('the profile of OSS on a server of S3: its own parameters, and the same driver', async (context) => {
  const server = await startVersitygw(useTool(context, 'versitygw'));
  onTestFinished(() => server.stop());
  const bucket = await server.createStore();
  const parameters = {
    accesskeyid: S3_ACCESS_KEY,
    accesskeysecret: S3_SECRET_KEY,
    region: S3_REGION,
    endpoint: server.url,
    bucket: bucket.name,
    rootdirectory: '/root',
  };
  const driver = checkDriver(await oss.create(parameters));
  onTestFinished(() => driver.close());
  expect(driver.name).toBe('oss');

  await driver.put('/a/small', Buffer.from('content'));
  const writer = await driver.writer('/a/large', { mode: 'isolated' });
  for (let part = 0; part < 12; part++) await writer.write(Buffer.alloc(1024 * 1024, part));
  await writer.commit();
  await driver.move('/a/large', '/b/large');
  expect(await bucket.names()).toEqual(['root/a/small', 'root/b/large']);
  expect((await driver.stat('/b/large')).size).toBe(12 * 1024 * 1024);
  const names: string[] = [];
  for await (const { path } of listAll(driver, '/a')) names.push(path);
  expect(names).toEqual(['/a/small']);
  const redirect = await driver.redirectURL?.('/a/small', { method: 'GET' });
  expect(await (await fetch(redirect?.url ?? '')).text()).toBe('content');

  const refused = oss.create({ ...parameters, accesskeysecret: 'a-wrong-value' });
  const error: unknown = await refused.catch((thrown: unknown) => thrown);
  if (!(error instanceof InvalidParametersError)) throw error;
  expect(error.message).toContain('storage driver oss: accesskeysecret: the secret key does not belong');
});

import { checkDriver } from '@outrigger/driver';
import type { StorageDriver } from '@outrigger/driver';
import { azure } from '@outrigger/plugin-azure';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { AzureContainer, AzuriteServer } from '../../harness/azurite-server.js';
import { startAzurite } from '../../harness/azurite-server.js';
import { MIB } from '../../harness/scale.js';
import { findTool } from '../../harness/tool.js';

const command = findTool('azurite-blob');

describe.skipIf(typeof command !== 'string')('blobs of a container', () => {
  let server: AzuriteServer;

  beforeAll(async () => {
    server = await startAzurite(typeof command === 'string' ? command : '');
  });
  afterAll(() => server.stop());

  async function openDriver(container: AzureContainer, parameters: object = {}): Promise<StorageDriver> {
    const driver = checkDriver(await azure.create({ ...container.parameters(), ...parameters }));
    onTestFinished(() => driver.close());
    return driver;
  }

  test('append blobs, as Distribution uploads them, are read, copied over, moved over and replaced', async () => {
    const container = await server.createStore();
    const driver = await openDriver(container);
    for (const name of ['source', 'put', 'copied', 'written']) {
      const blob = container.client.getAppendBlobClient(`old/${name}`);
      await blob.create();
      await blob.appendBlock(`${name} of old`, `${name} of old`.length);
    }
    expect(await text(driver, '/old/source')).toBe('source of old');
    await driver.move('/old/source', '/new/place');
    expect(await text(driver, '/new/place')).toBe('source of old');
    await driver.put('/old/put', Buffer.from('put anew'));
    expect(await text(driver, '/old/put')).toBe('put anew');
    await driver.copy?.('/old/put', '/old/copied');
    expect(await text(driver, '/old/copied')).toBe('put anew');
    const large = Buffer.alloc(9 * MIB, 'x');
    const writer = await driver.writer('/old/written');
    await writer.write(large);
    await writer.commit();
    expect(await driver.stat('/old/written')).toMatchObject({ size: large.length });
  });

  test('names begin with a slash where Distribution 2 wrote them', async () => {
    const container = await server.createStore();
    await container.client.getBlockBlobClient('/docker/registry/v2/x').upload('old', 3);
    const driver = await openDriver(container, { legacyrootprefix: true });
    expect(await text(driver, '/docker/registry/v2/x')).toBe('old');
    await driver.put('/docker/registry/v2/y', Buffer.from('new'));
    const { entries } = await driver.list('/docker/registry/v2');
    expect(entries.map(({ path }) => path)).toEqual(['/docker/registry/v2/x', '/docker/registry/v2/y']);
    expect(await container.names()).toEqual(['/docker/registry/v2/x', '/docker/registry/v2/y']);
  });

  test('all lies below the root directory, and a connection string says where', async () => {
    const container = await server.createStore();
    const { accountname, accountkey, serviceurl } = container.parameters();
    const connectionstring = `AccountName=${String(accountname)};AccountKey=${String(accountkey)};BlobEndpoint=${String(serviceurl)};`;
    const driver = await azure.create({
      connectionstring,
      container: container.name,
      rootdirectory: '/some/root/',
    });
    onTestFinished(() => driver.close());
    await driver.put('/a', Buffer.from('x'));
    expect(await container.names()).toEqual(['some/root/a']);
  });

  test('two uploads of one name never touch each other, and leave nothing', async () => {
    const container = await server.createStore();
    const [one, two] = [await openDriver(container), await openDriver(container)];
    const contents = [Buffer.alloc(17 * MIB, 'a'), Buffer.alloc(18 * MIB, 'b')] as const;
    const writers = [
      await one.writer('/same', { mode: 'isolated' }),
      await two.writer('/same', { mode: 'isolated' }),
    ] as const;
    for (let at = 0; at < 18 * MIB; at += MIB)
      for (const [index, writer] of writers.entries()) {
        const piece = contents[index === 0 ? 0 : 1].subarray(at, at + MIB);
        if (piece.length > 0) await writer.write(piece);
      }
    await writers[0].commit();
    expect(await one.stat('/same')).toMatchObject({ size: 17 * MIB });
    await writers[1].commit();
    expect(await one.stat('/same')).toMatchObject({ size: 18 * MIB });
    expect(await container.names()).toEqual(['same']);
  });
});

async function text(driver: StorageDriver, path: string): Promise<string> {
  return Buffer.from(await driver.get(path)).toString();
}

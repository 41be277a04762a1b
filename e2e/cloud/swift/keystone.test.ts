import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkDriver, readToEnd } from '@outrigger/driver';
import { swift } from '@outrigger/plugin-swift';
import { Journal } from '../../harness/audit.js';
import { createContent, toBuffer } from '../../harness/content.js';
import type { FaultProxy } from '../../harness/fault-proxy.js';
import { startFaultProxy } from '../../harness/fault-proxy.js';
import { MIB, seconds } from '../../harness/scale.js';
import type { OpenStack } from '../../harness/openstack.js';
import { startOpenStack } from '../../harness/openstack.js';
import { testRegistry } from '../../harness/start-registry.js';
import { findTool, skipMissing } from '../../harness/tool.js';
import { pushBlob, pushChunked } from '../../harness/upload.js';
import { expectRefusedStart } from '../refused-start.js';
import { overSwift } from './swift-registry.js';

const NAME = 'by/keystone';
const WRONG = 'a-wrong-value';
const TITLE = 'Swift with a Keystone';
const [keystone, swiftServer] = [findTool('keystone-server'), findTool('swift-server')];

if (typeof keystone !== 'string') skipMissing(TITLE, keystone);
else if (typeof swiftServer !== 'string') skipMissing(TITLE, swiftServer);
else registerKeystone({ keystone, swift: swiftServer });

function registerKeystone(commands: { keystone: string; swift: string }): void {
  describe(TITLE, () => {
    let cloud: OpenStack;
    let proxy: FaultProxy;

    beforeAll(
      async () => {
        cloud = await startOpenStack(commands);
        proxy = await startFaultProxy(cloud.swift.url);
        await cloud.offer('internal', proxy.url);
      },
      seconds(120, 300),
    );
    afterAll(async () => {
      await proxy.stop();
      await cloud.stop();
    });

    test.each(['a password', 'an application credential'])(
      'a registry with %s: what is pushed is there, and clients are sent to Swift',
      async (kind) => {
        const container = cloud.createStore();
        const { host } = new URL(cloud.swift.url);
        const without = { username: null, password: null, domain: null, tenant: null };
        const parameters =
          kind === 'a password' ? {} : { ...without, ...(await cloud.createApplicationCredential()) };
        const registry = await testRegistry(overSwift(container, { redirectHosts: [host], parameters }));
        const journal = new Journal();
        // In segments, in one request and as docker sends it.
        for (const [title, push] of Object.entries({ put: pushBlob, patches: pushChunked })) {
          const content = createContent(`${kind} ${title}`, 3.5 * MIB);
          await push(registry.url, NAME, content);
          journal.acknowledge({ kind: 'blob', name: NAME, digest: content.digest });
          const blob = `${registry.url}/v2/${NAME}/blobs/${content.digest}`;
          const sent = await fetch(blob, { redirect: 'manual' });
          expect(sent.status).toBe(307);
          expect(sent.headers.get('location')).toContain(host);
        }
        await journal.audit(registry);
        expect((await container.names()).length).toBeGreaterThan(0);
      },
      seconds(120, 600),
    );

    const ENDS = {
      'is over': () => cloud.keystone.later(2 * 3600),
      'is revoked': async (token: string) => {
        const headers = { 'x-auth-token': token, 'x-subject-token': token };
        await fetch(`${cloud.keystone.url}/auth/tokens`, { method: 'DELETE', headers });
      },
    };

    test.each(Object.entries(ENDS))(
      'a token that %s in the middle of an upload: another one is asked for, and the upload ends',
      async (_how, end) => {
        const driver = checkDriver(
          await swift.create({ ...cloud.createStore().parameters(), endpointtype: 'internal' }),
        );
        try {
          const content = toBuffer(createContent('renewed', 7.5 * MIB));
          const half = 3.5 * MIB;
          const writer = await driver.writer('/a/b', { mode: 'truncate' });
          await writer.write(content.subarray(0, half));
          const [first = ''] = tokens(proxy).slice(-1);
          expect(await cloud.keystone.knows(first)).toBe(true);
          await end(first);
          expect(await cloud.keystone.knows(first)).toBe(false);
          await writer.write(content.subarray(half));
          await writer.commit();
          expect(Buffer.from(await readToEnd(await driver.reader('/a/b'), 8 * MIB))).toEqual(content);
          // Segments are sent side by side, and all wait for the same one.
          const used = tokens(proxy);
          expect(used.slice(used.indexOf(first))).toHaveLength(2);
        } finally {
          await driver.close();
        }
      },
      seconds(120, 600),
    );

    test.each([
      [{ password: WRONG }, 'password: '],
      [{ username: WRONG }, 'password: '],
      [{ tenant: WRONG }, 'password: '],
      [{ domain: WRONG }, 'password: '],
      [{ region: WRONG }, 'region: the catalogue has no object store in it, but in here'],
      [{ endpointtype: 'admin' }, 'endpointtype: the catalogue has no admin address of the object store'],
    ])('a registry does not start with %j, and says so in one line', async (parameters, words) => {
      const options = overSwift(cloud.createStore(), { parameters });
      const output = await expectRefusedStart(options, words);
      expect(output).not.toMatch(/^\s+at /m);
      if (!('region' in parameters)) expect(output).not.toContain(WRONG);
    });

    test('a registry does not start with an application credential of another secret, and says so in one line', async () => {
      const { applicationcredentialid } = await cloud.createApplicationCredential();
      const parameters = {
        ...{ username: null, password: null, domain: null, tenant: null },
        ...{ applicationcredentialid, applicationcredentialsecret: WRONG },
      };
      const options = overSwift(cloud.createStore(), { parameters });
      const output = await expectRefusedStart(options, 'applicationcredentialsecret: ');
      expect(output).not.toContain(WRONG);
    });
  });
}

/** Those that Swift was asked with, each once, the latest last. */
function tokens({ calls }: FaultProxy): string[] {
  return [...new Set(calls.flatMap(({ headers }) => headers['x-auth-token'] ?? []))].map(String);
}

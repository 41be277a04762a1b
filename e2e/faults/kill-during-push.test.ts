import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Journal } from '../harness/audit.js';
import type { ChaosRegistry, ChaosRule } from '../harness/chaos-registry.js';
import { startChaosRegistry } from '../harness/chaos-registry.js';
import { createContent } from '../harness/content.js';
import { errorCodes, request } from '../harness/http.js';
import { createRandom } from '../harness/random.js';
import { KIB, MIB, scaled, seconds } from '../harness/scale.js';
import type { RunningRegistry } from '../harness/start-registry.js';
import { testRegistry } from '../harness/start-registry.js';
import {
  askStatus,
  beginUpload,
  expectStatus,
  finishUpload,
  sendChunk,
  toUpload,
} from '../harness/upload.js';

const NAME = 'faults/push';

// The plane `file` is for reads only: its writes go over sockets too.
describe.each(['socket', 'inline'] as const)(
  'kill -9 of the driver during a push, on the plane %s',
  (plane) => {
    let chaos: ChaosRegistry;

    beforeAll(async () => {
      chaos = await startChaosRegistry({ plane });
    });

    afterAll(() => chaos.stop());

    test.each([
      ['byte 0', 0],
      ['byte 2', 2],
      ['64 KiB', 64 * KIB],
      ['the middle', 16 * MIB],
      ['the last byte', 32 * MIB - 1],
    ])('at %s of a PATCH: 503, the true offset, and the client goes on there', async (_where, byte) => {
      const content = createContent(`patch ${byte}`, 32 * MIB);
      const { registry, arm } = chaos;
      const upload = await beginUpload(registry.url, NAME);
      await arm({ at: 'write', byte, path: '/_uploads/' });
      await expectUnavailable(sendChunk(upload, content));
      const reached = await askStatus(registry.url, upload);
      expect(reached.offset).toBe(byte);
      expect(await blobStatus(registry, content.digest)).toBe(404);
      const sent = toUpload(registry.url, await expectStatus(202, sendChunk(reached, content)));
      expect(sent.offset).toBe(content.size);
      await expectStatus(201, finishUpload(sent, content));
      await new Journal([{ kind: 'blob', name: NAME, digest: content.digest }]).audit(registry);
    });

    test('in the middle of a PUT that brings everything: 503, nothing is there, and the PUT can be repeated', async () => {
      const content = createContent('put', 32 * MIB);
      const { registry, arm } = chaos;
      const upload = await beginUpload(registry.url, NAME);
      await arm({ at: 'write', byte: 8 * MIB, path: '/blobs/' });
      await expectUnavailable(finishUpload(upload, content));
      expect(await blobStatus(registry, content.digest)).toBe(404);
      const reached = await askStatus(registry.url, upload);
      expect(reached.offset).toBe(0);
      await expectStatus(201, finishUpload(reached, content));
      await new Journal([{ kind: 'blob', name: NAME, digest: content.digest }]).audit(registry);
    });

    test.each<[string, ChaosRule]>([
      ['before the commit', { at: 'before', call: 'commit' }],
      ['after the commit, whose answer is lost', { at: 'after', call: 'commit' }],
      ['before the links are written', { at: 'before', call: 'put' }],
      ['after a link was written', { at: 'after', call: 'put' }],
      ['before the upload is removed', { at: 'before', call: 'delete' }],
      ['after the upload was removed', { at: 'after', call: 'delete' }],
    ])('at the end of a chunked upload, %s: 201, or 503 and then 201', async (_where, rule) => {
      const content = createContent(JSON.stringify(rule), MIB);
      const { registry, arm } = chaos;
      const begun = await beginUpload(registry.url, NAME);
      const sent = toUpload(registry.url, await expectStatus(202, sendChunk(begun, content)));
      await arm(rule);
      const { status } = await finishUpload(sent, content);
      expect([201, 503]).toContain(status);
      if (status === 503) await expectStatus(201, finishUpload(sent, content));
      await new Journal([{ kind: 'blob', name: NAME, digest: content.digest }]).audit(registry);
    });
  },
);

test(
  'kill -9 of the driver at random times during pushes: what is acknowledged is there, and every upload can be ended',
  async () => {
    const registry = await testRegistry();
    const journal = new Journal();
    const random = createRandom('kill during pushes');
    for (let round = 0; round < scaled(20, 1000); round++) {
      const content = createContent(`push ${round}`, 8 * MIB);
      const driver = await registry.driverPid();
      await pushThrough(registry, content, {
        at: Math.floor(random() * content.size),
        kill: () => process.kill(driver, 'SIGKILL'),
      });
      journal.acknowledge({ kind: 'blob', name: NAME, digest: content.digest });
      await registry.newDriverPid(driver);
    }
    await journal.audit(registry);
  },
  seconds(300, 3600),
);

test('a client that leaves in the middle of a PATCH finds its bytes when it comes back', async () => {
  const registry = await testRegistry();
  const content = createContent('left', 8 * MIB);
  const upload = await beginUpload(registry.url, NAME);
  await expect(
    sendChunk(upload, content, {
      pauseAfter: 4 * MIB,
      onPause: () => {
        throw new Error('the client leaves');
      },
    }),
  ).rejects.toThrow('the client leaves');
  const reached = await askStatus(registry.url, upload);
  expect(reached.offset).toBeLessThanOrEqual(4 * MIB);
  await expectStatus(201, finishUpload(reached, content));
  await new Journal([{ kind: 'blob', name: NAME, digest: content.digest }]).audit(registry);
});

interface Kill {
  readonly at: number;
  readonly kill: () => void;
}

/** A client that does not give up, as real ones do not: it asks for the true offset and goes on there. */
async function pushThrough(
  registry: RunningRegistry,
  content: ReturnType<typeof createContent>,
  { at, kill }: Kill,
): Promise<void> {
  const upload = await beginUpload(registry.url, NAME);
  const first = await sendChunk(upload, content, { pauseAfter: at, onPause: kill });
  expect([202, 503]).toContain(first.status);
  const reached = await askStatus(registry.url, upload);
  expect(reached.offset).toBeLessThanOrEqual(content.size);
  await expectStatus(201, finishUpload(reached, content));
}

async function expectUnavailable(answering: ReturnType<typeof request>): Promise<void> {
  const answer = await expectStatus(503, answering);
  expect(errorCodes(answer)).toEqual(['UNAVAILABLE']);
  expect(answer.headers['retry-after']).toBeDefined();
}

async function blobStatus({ url }: RunningRegistry, digest: string): Promise<number> {
  return (await request(`${url}/v2/${NAME}/blobs/${digest}`, { method: 'HEAD' })).status;
}

import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { Journal } from '../../harness/audit.js';
import { createContent } from '../../harness/content.js';
import { errorCodes, request } from '../../harness/http.js';
import { pull } from '../../harness/pull.js';
import { KIB, MIB } from '../../harness/scale.js';
import type { S3Server } from '../../harness/s3-server.js';
import type { RunningRegistry } from '../../harness/start-registry.js';
import { startRegistry } from '../../harness/start-registry.js';
import { findTool } from '../../harness/tool.js';
import type { Toxic, Toxiproxy } from '../../harness/toxiproxy-server.js';
import { startToxiproxy } from '../../harness/toxiproxy-server.js';
import { pushBlob } from '../../harness/upload.js';
import { startVersitygw } from '../../harness/versitygw-server.js';
import { PART, overS3 } from './s3-registry.js';

const NAME = 'broken/transfers';
const content = createContent('broken', 8 * MIB);

/** F23: what the network does, and whether a pull still has to come through. */
const TOXICS: Readonly<Record<string, { toxic: Toxic; isWhole: boolean }>> = {
  'is slow to answer': {
    toxic: { type: 'latency', attributes: { latency: 700, jitter: 300 } },
    isWhole: true,
  },
  'is narrow': { toxic: { type: 'bandwidth', attributes: { rate: 4000 } }, isWhole: true },
  'ends every connection after 3 MiB': { toxic: limit(3 * MIB), isWhole: true },
  'ends every connection after 200 KiB': { toxic: limit(200 * KIB), isWhole: true },
  'ends every connection within the header': { toxic: limit(100), isWhole: false },
  'resets some connections at once': {
    toxic: { type: 'reset_peer', attributes: { timeout: 0 }, toxicity: 0.3 },
    isWhole: false,
  },
  'resets connections in mid-body': {
    toxic: { type: 'reset_peer', attributes: { timeout: 100 } },
    isWhole: false,
  },
};

const [versitygw, toxiproxy] = [findTool('versitygw'), findTool('toxiproxy-server')];

describe.skipIf(typeof versitygw !== 'string' || typeof toxiproxy !== 'string')(
  'between driver and S3',
  () => {
    let server: S3Server;
    let proxy: Toxiproxy;
    let registry: RunningRegistry;

    beforeAll(async () => {
      server = await startVersitygw(typeof versitygw === 'string' ? versitygw : '');
      proxy = await startToxiproxy(typeof toxiproxy === 'string' ? toxiproxy : '', server.url);
      registry = await startRegistry(overS3(await server.createStore(), { url: proxy.url }));
      await pushBlob(registry.url, NAME, content);
    });
    afterEach(() => proxy.heal());
    afterAll(async () => {
      await registry.stop();
      await proxy.stop();
      await server.stop();
    });

    test.for(Object.entries(TOXICS))(
      'a network that %s: all bytes, or an error, and never less with a 200',
      async ([, { toxic, isWhole }]) => {
        const blob = `${registry.url}/v2/${NAME}/blobs/${content.digest}`;
        await proxy.poison(toxic);
        const outcome = await pull(blob).result.catch(() => undefined);
        if (isWhole) expect(outcome).toBeDefined();
        if (outcome?.status === 503) expect(errorCodes(await request(blob))).toEqual(['UNAVAILABLE']);
        else if (outcome !== undefined)
          expect(outcome).toMatchObject({ status: 200, bytes: content.size, digest: content.digest });
        await proxy.heal();
        expect(await pull(blob).result).toMatchObject({ status: 200, digest: content.digest });
      },
    );

    test.for([PART + 100 * KIB, MIB])(
      'a push over connections that end after %i bytes: an error, or all is there',
      async (bytes) => {
        const content = createContent(`pushed ${bytes}`, 8 * MIB);
        await proxy.poison({ ...limit(bytes), stream: 'upstream' });
        const journal = new Journal();
        await pushBlob(registry.url, NAME, content).then(
          () => journal.acknowledge({ kind: 'blob', name: NAME, digest: content.digest }),
          (error: unknown) => expect(String(error)).toMatch(/status 503/),
        );
        await proxy.heal();
        await journal.audit(registry);
        await pushBlob(registry.url, NAME, content);
        expect(await pull(`${registry.url}/v2/${NAME}/blobs/${content.digest}`).result).toMatchObject({
          status: 200,
          digest: content.digest,
        });
      },
    );
  },
);

function limit(bytes: number): Toxic {
  return { type: 'limit_data', attributes: { bytes } };
}

import { expect, onTestFinished, test } from 'vitest';
import { createContent } from '../../harness/content.js';
import { startMinio } from '../../harness/minio-server.js';
import { peakMemory } from '../../harness/processes.js';
import { pull } from '../../harness/pull.js';
import { GIB, MIB, scaled, seconds } from '../../harness/scale.js';
import { testRegistry } from '../../harness/start-registry.js';
import { useTool } from '../../harness/tool.js';
import { pushBlob, pushChunked } from '../../harness/upload.js';
import { startVersitygw } from '../../harness/versitygw-server.js';
import { overS3 } from './s3-registry.js';

const NAME = 'large/layer';
const LIMIT = 250 * MIB;
/** The long one is more than S3 copies with one request. */
const SIZE = scaled(300 * MIB, 6 * GIB);

/** MinIO belongs to the long form. */
const SERVERS = { versitygw: startVersitygw, minio: startMinio } as const;

test.for(['versitygw', 'minio'] as const)(
  'a large layer on %s, in one PUT and as docker sends it: neither host nor driver needs 250 MiB',
  { timeout: seconds(600, 3600) },
  async (kind, context) => {
    const server = await SERVERS[kind](useTool(context, kind));
    onTestFinished(() => server.stop());
    const bucket = await server.createStore();
    const registry = await testRegistry(overS3(bucket, { parameters: { chunksize: 10 * MIB } }));
    const driver = await registry.driverPid();
    const content = createContent('large', SIZE);
    const blob = `${registry.url}/v2/${NAME}/blobs/${content.digest}`;

    await pushChunked(registry.url, NAME, content);
    await pushBlob(registry.url, `${NAME}/put`, content);
    const { digest, size: bytes } = content;
    expect(await pull(blob).result).toMatchObject({ status: 200, contentLength: bytes, bytes, digest });

    expect(await registry.driverPid()).toBe(driver);
    const peaks = { host: peakMemory(registry.pid), driver: peakMemory(driver) };
    console.log(`${SIZE / MIB} MiB: host ${toMiB(peaks.host)}, driver ${toMiB(peaks.driver)} MiB at most`);
    expect(peaks.host, 'bytes of the host').toBeLessThan(LIMIT);
    expect(peaks.driver, 'bytes of the driver').toBeLessThan(LIMIT);
    expect(await bucket.openMultiparts()).toEqual([]);
  },
);

function toMiB(bytes: number): number {
  return Math.round(bytes / MIB);
}

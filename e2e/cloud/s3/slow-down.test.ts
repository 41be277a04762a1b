import { expect, onTestFinished, test } from 'vitest';
import { Journal } from '../../harness/audit.js';
import { createContent, sha256 } from '../../harness/content.js';
import { s3Error } from '../../harness/fault-proxy.js';
import { MANIFEST_TYPE } from '../../harness/images.js';
import { pushBytes, pushManifest } from '../../harness/push-images.js';
import { createRandom } from '../../harness/random.js';
import { KIB, scaled, seconds } from '../../harness/scale.js';
import { pushBlob, pushChunked } from '../../harness/upload.js';
import { useTool } from '../../harness/tool.js';
import { startBehindProxy } from './behind-proxy.js';
import { PART } from './s3-registry.js';

const NAME = 'slow/down';
const PUSHERS = 6;

/** F22: the share of calls that are answered 503, how many pushes there are, and how many of them must succeed. */
const LEVELS = [
  { share: 0.01, pushes: scaled(12, 1000), least: 0.999 },
  { share: 0.05, pushes: scaled(24, 2000), least: 0.999 },
  { share: 0.2, pushes: scaled(8, 200), least: 0.5 },
  { share: 0.5, pushes: scaled(6, 100), least: 0 },
];

test(
  'S3 that asks for less load: pushes go through, and nothing is acknowledged that is not there',
  async (context) => {
    const behind = await startBehindProxy(useTool(context, 'versitygw'));
    onTestFinished(() => behind.stop());
    const { registry, proxy } = behind;
    const body = s3Error('SlowDown');
    for (const { share, pushes, least } of LEVELS) {
      const random = createRandom(`slow down ${share}`);
      const journal = new Journal();
      let [next, done] = [0, 0];
      proxy.decide(() => (random() < share ? { kind: 'answer', status: 503, body } : undefined));
      const pusher = async () => {
        for (let id = next++; id < pushes; id = next++)
          if (await pushImage(registry.url, `${share}-${id}`, journal, id)) done++;
      };
      await Promise.all(Array.from({ length: PUSHERS }, pusher));
      console.log(`${share * 100} % of the calls refused: ${done} of ${pushes} pushes went through`);
      expect(done / pushes, `with ${share} of the calls refused`).toBeGreaterThanOrEqual(least);
      proxy.decide(() => undefined);
      await journal.audit(registry);
    }
  },
  seconds(600, 3600),
);

/** @returns whether all of it was acknowledged */
async function pushImage(url: string, seed: string, journal: Journal, id: number): Promise<boolean> {
  const acknowledge = (digest: string, kind: 'blob' | 'manifest' = 'blob') => {
    journal.acknowledge({ kind, name: NAME, digest });
  };
  // Every fourth has more than a part, and every second is pushed as docker does it.
  const layer = createContent(seed, id % 4 === 0 ? PART + KIB : 20 * KIB);
  try {
    await (id % 2 === 0 ? pushBlob(url, NAME, layer) : pushChunked(url, NAME, layer));
    acknowledge(layer.digest);
    const bytes = Buffer.from(JSON.stringify({ seed }));
    const config = await pushBytes(url, NAME, bytes);
    acknowledge(config);
    const manifest = JSON.stringify({
      schemaVersion: 2,
      mediaType: MANIFEST_TYPE,
      config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: config, size: bytes.length },
      layers: [{ mediaType: 'application/x.layer', digest: layer.digest, size: layer.size }],
    });
    await pushManifest(url, NAME, seed, MANIFEST_TYPE, manifest);
    acknowledge(sha256(Buffer.from(manifest)), 'manifest');
    journal.acknowledge({ kind: 'tag', name: NAME, tag: seed, digest: sha256(Buffer.from(manifest)) });
    return true;
  } catch (error) {
    expect(String(error)).toMatch(/status 503/);
    return false;
  }
}

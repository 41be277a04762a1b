import { createContent, toBuffer } from '../harness/content.js';
import { MANIFEST_TYPE } from '../harness/images.js';
import { pushBytes, pushManifest } from '../harness/push-images.js';
import { KIB } from '../harness/scale.js';

/** Somebody who pushes all the time. */
export interface LiveWriter {
  /** Of each tag that was acknowledged, the manifest as it was pushed last. */
  readonly acknowledged: ReadonlyMap<string, string>;
  /** How many pushes were acknowledged so far. */
  readonly count: () => number;
  /** Resolves when the push that goes on has ended. */
  stop(): Promise<void>;
}

/** Beyond these it pushes the same again: what is to be moved does not grow with the time that it takes. */
const IMAGES = 16;

/** Pushes images under tags of their own, and moves the tag `latest` to each. */
export function startWriter(url: string, name: string, title: string): LiveWriter {
  const acknowledged = new Map<string, string>();
  let count = 0;
  let isStopped = false;
  const push = async () => {
    const image = `${title}-${count % IMAGES}`;
    const bytes = toBuffer(createContent(image, 16 * KIB));
    const layer = { mediaType: 'application/octet-stream', digest: await pushBytes(url, name, bytes) };
    const config = { mediaType: 'application/json', digest: await pushBytes(url, name, Buffer.from('{}')) };
    const manifest = JSON.stringify({
      schemaVersion: 2,
      mediaType: MANIFEST_TYPE,
      config: { ...config, size: 2 },
      layers: [{ ...layer, size: bytes.length }],
    });
    for (const tag of [image, 'latest']) {
      await pushManifest(url, name, tag, MANIFEST_TYPE, manifest);
      acknowledged.set(tag, manifest);
    }
    count++;
  };
  const work = async () => {
    while (!isStopped) await push();
  };
  const working = work();
  // Met when it is stopped.
  working.catch(() => undefined);
  return {
    acknowledged,
    count: () => count,
    async stop() {
      isStopped = true;
      await working;
    },
  };
}

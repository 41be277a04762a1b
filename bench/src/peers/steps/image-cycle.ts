import type { Content } from '../../content.js';
import { ContentSource, digestOf } from '../../content.js';
import { Connection } from '../../http/connection.js';
import {
  expectStatus,
  fetchContent,
  imageManifest,
  pushBlob,
  putManifest,
  verifyContent,
} from '../../registry-client.js';
import { percentiles } from '../latencies.js';
import { IMAGE_CLIENTS, LAYERS_OF_IMAGE, LAYER_BYTES } from '../scale.js';
import type { Step, StepRun } from '../step.js';

interface Image {
  readonly tag: string;
  readonly blobs: readonly Content[];
  readonly manifest: Buffer;
}

const REPOSITORY = 'bench/images';
const CONFIG_BYTES = 2048;

/** As a client does it: HEAD, POST, PUT for each blob, PUT of the manifest; then GET of it all, one after the other. */
export const imageCycle: Step = {
  name: 'image-cycle',
  title: () => `push and pull of an image of ${LAYERS_OF_IMAGE} x 1 MiB, ${IMAGE_CLIENTS} clients`,
  unit: '/s',
  store: 'empty',
  goals: { outrigger: '>= 1.5' },
  start: async ({ port, scale }) => start(port, scale.images),
};

function start(port: number, count: number): StepRun {
  const layers = new ContentSource(LAYER_BYTES);
  const configs = new ContentSource(CONFIG_BYTES);
  let last: Image | undefined;
  return {
    arrange: async (round) => {
      const images = Array.from({ length: round < 0 ? IMAGE_CLIENTS : count }, (_, index) =>
        createImage(`r${round + 1}-${index}`, layers, configs),
      );
      last = images.at(-1);
      const connections = await Promise.all(
        Array.from({ length: IMAGE_CLIENTS }, () => Connection.open(port)),
      );
      return async () => {
        const times: number[] = [];
        const begin = performance.now();
        await Promise.all(connections.map((connection) => cycleAll(connection, images, times)));
        const seconds = (performance.now() - begin) / 1000;
        for (const connection of connections) connection.close();
        return { units: times.length, seconds, ...percentiles(times) };
      };
    },
    verify: () => verify(port, last),
    close: () => undefined,
  };
}

/** Takes images from the common list until it is empty. */
async function cycleAll(connection: Connection, images: Image[], times: number[]): Promise<void> {
  for (let image = images.pop(); image !== undefined; image = images.pop()) {
    const begin = performance.now();
    await pushImage(connection, image);
    await pullImage(connection, image);
    times.push(performance.now() - begin);
  }
}

async function pushImage(connection: Connection, { tag, blobs, manifest }: Image): Promise<void> {
  for (const blob of blobs) {
    const path = `/v2/${REPOSITORY}/blobs/${blob.digest}`;
    expectStatus(await connection.send({ method: 'HEAD', path }), 404, `HEAD ${path}`);
    await pushBlob(connection, REPOSITORY, blob);
  }
  await putManifest(connection, REPOSITORY, tag, manifest);
}

async function pullImage(connection: Connection, { tag, blobs, manifest }: Image): Promise<void> {
  await fetchContent(connection, `/v2/${REPOSITORY}/manifests/${tag}`, manifest.length);
  for (const { digest, size } of blobs)
    await fetchContent(connection, `/v2/${REPOSITORY}/blobs/${digest}`, size);
}

async function verify(port: number, image: Image | undefined): Promise<void> {
  if (image === undefined) return;
  const connection = await Connection.open(port);
  const { tag, blobs, manifest } = image;
  await verifyContent(connection, `/v2/${REPOSITORY}/manifests/${tag}`, digestOf(manifest));
  for (const { digest } of blobs)
    await verifyContent(connection, `/v2/${REPOSITORY}/blobs/${digest}`, digest);
  connection.close();
}

function createImage(tag: string, layers: ContentSource, configs: ContentSource): Image {
  const config = configs.next();
  const contents = Array.from({ length: LAYERS_OF_IMAGE }, () => layers.next());
  return { tag, blobs: [config, ...contents], manifest: imageManifest(config, contents) };
}

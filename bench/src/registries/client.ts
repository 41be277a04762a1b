import { createHash, randomBytes } from 'node:crypto';
import type { IncomingMessage, RequestOptions } from 'node:http';
import { Agent, request } from 'node:http';

/** docker-registry 2.8 answers an OCI manifest only to those who ask for one. */
const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';

/** A registry client of few features and little cost, so that what is measured is the server. */
export class Client {
  readonly #port: number;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 64 });

  constructor(port: number) {
    this.#port = port;
  }

  close(): void {
    this.#agent.destroy();
  }

  /** Uploads `chunks` by one POST and one PUT. */
  async pushBlob(repository: string, chunks: readonly Buffer[]): Promise<string> {
    const hash = createHash('sha256');
    for (const chunk of chunks) hash.update(chunk);
    const digest = `sha256:${hash.digest('hex')}`;
    return this.pushKnown(repository, chunks, digest);
  }

  async pushKnown(repository: string, chunks: readonly Buffer[], digest: string): Promise<string> {
    const opened = await this.#send({ method: 'POST', path: `/v2/${repository}/blobs/uploads/` });
    await drop(opened);
    expect(opened, 202);
    const location = new URL(opened.headers.location ?? '', `http://127.0.0.1:${String(this.#port)}`);
    location.searchParams.set('digest', digest);
    const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    const headers = { 'content-type': 'application/octet-stream', 'content-length': length };
    const put = await this.#send(
      { method: 'PUT', path: location.pathname + location.search, headers },
      chunks,
    );
    await drop(put);
    expect(put, 201);
    return digest;
  }

  async pushManifest(repository: string, tag: string, config: string, configSize: number): Promise<void> {
    const body = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: MANIFEST_TYPE,
        config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: config, size: configSize },
        layers: [],
      }),
    );
    const headers = {
      'content-type': MANIFEST_TYPE,
      'content-length': body.length,
    };
    const answer = await this.#send({ method: 'PUT', path: `/v2/${repository}/manifests/${tag}`, headers }, [
      body,
    ]);
    await drop(answer);
    expect(answer, 201);
  }

  /** GETs a path and drops the body; answers its length. */
  async get(path: string): Promise<number> {
    const answer = await this.#send({ path, headers: { accept: MANIFEST_TYPE } });
    const length = await drop(answer);
    expect(answer, 200);
    return length;
  }

  #send(options: RequestOptions, body: readonly Buffer[] = []): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      const sent = request({ host: '127.0.0.1', port: this.#port, agent: this.#agent, ...options }, resolve);
      sent.on('error', reject);
      const write = (index: number): void => {
        const chunk = body[index];
        if (chunk === undefined) sent.end();
        else if (sent.write(chunk)) write(index + 1);
        else
          sent.once('drain', () => {
            write(index + 1);
          });
      };
      write(0);
    });
  }
}

/** Blocks of random bytes; a blob of many of them is made unique by the first. */
export function randomChunks(size: number): Buffer[] {
  const block = randomBytes(Math.min(size, 1024 * 1024));
  const chunks = Array.from({ length: Math.max(1, Math.floor(size / block.length)) }, () => block);
  chunks[0] = randomBytes(block.length);
  return chunks;
}

function drop(answer: IncomingMessage): Promise<number> {
  return new Promise((resolve, reject) => {
    let length = 0;
    answer.on('data', (chunk: Buffer) => (length += chunk.length));
    answer.on('end', () => {
      resolve(length);
    });
    answer.on('error', reject);
    answer.on('close', () => {
      reject(new Error('a body ended early'));
    });
  });
}

function expect(answer: IncomingMessage, status: number): void {
  if (answer.statusCode !== status)
    throw new Error(`status ${String(answer.statusCode)} instead of ${String(status)}`);
}

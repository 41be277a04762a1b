import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { RunningCommand } from '../command.js';
import { temporaryDirectory } from '../temporary-directory.js';

export interface ObservedRegistry {
  readonly command: RunningCommand;
  readonly directory: string;
  readonly url: string;
  /** Of the debug server. */
  readonly debug: string;
  readonly environment: Readonly<Record<string, string>>;
}

export interface ObservedOptions {
  readonly config?: Readonly<Record<string, unknown>>;
  readonly http?: Readonly<Record<string, unknown>>;
  readonly storage?: Readonly<Record<string, unknown>>;
  readonly environment?: Readonly<Record<string, string>>;
}

/** A registry in a process of its own, with a debug server and Prometheus, whose log is JSON. */
export async function observedRegistry(options: ObservedOptions = {}): Promise<ObservedRegistry> {
  const directory = await temporaryDirectory();
  const prometheus = { enabled: true, path: '/metrics' };
  const config = {
    version: '0.1',
    log: { formatter: 'json', level: 'debug' },
    storage: {
      filesystem: { rootdirectory: join(directory, 'store') },
      delete: { enabled: true },
      ...options.storage,
    },
    http: { addr: '127.0.0.1:0', debug: { addr: '127.0.0.1:0', prometheus }, ...options.http },
    ...options.config,
  };
  await writeFile(join(directory, 'config.yml'), JSON.stringify(config));
  const environment = { XDG_RUNTIME_DIR: directory, ...options.environment };
  const command = new RunningCommand(['serve', 'config.yml'], { cwd: directory, environment });
  onTestFinished(async () => {
    command.child.kill('SIGKILL');
    await command.ended;
  });
  const [, debug = ''] = await command.printed(
    'stderr',
    /"address":"([^"]+)","msg":"the debug server listens"/,
  );
  const [, address = ''] = await command.printed('stderr', /"address":"([^"]+)".*"msg":"listening"/);
  return { command, directory, environment, url: `http://${address}`, debug: `http://${debug}` };
}

/** The text of a metric's sample, by its name and labels as they are written. */
export async function readMetrics(debug: string): Promise<string> {
  return (await fetch(`${debug}/metrics`)).text();
}

export async function pushBlob(url: string, name: string, content: Buffer, headers = {}): Promise<string> {
  const digest = digestOf(content);
  const target = `${url}/v2/${name}/blobs/uploads/?digest=${digest}`;
  const pushed = await fetch(target, {
    method: 'POST',
    headers: { 'Content-Type': 'application/octet-stream', ...headers },
    body: new Uint8Array(content),
  });
  if (pushed.status !== 201) throw new Error(`the push ended with ${String(pushed.status)}`);
  return digest;
}

/** An image without layers. */
export async function pushManifest(url: string, name: string, tag: string, config: Buffer): Promise<string> {
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const digest = await pushBlob(url, name, config);
  const content = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType,
      config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest, size: config.length },
      layers: [],
    }),
  );
  const pushed = await fetch(`${url}/v2/${name}/manifests/${tag}`, {
    method: 'PUT',
    headers: { 'Content-Type': mediaType },
    body: new Uint8Array(content),
  });
  if (pushed.status !== 201) throw new Error(`the push ended with ${String(pushed.status)}`);
  return digestOf(content);
}

export function digestOf(content: Buffer): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`;
}

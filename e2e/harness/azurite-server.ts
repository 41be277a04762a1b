import { Agent, request } from 'node:https';
import { BlobServiceClient, StorageSharedKeyCredential } from '@azure/storage-blob';
import type { ContainerClient, StoragePipelineOptions } from '@azure/storage-blob';
import type { CloudServer, CloudStore } from './cloud-server.js';
import { startServerOverDirectory } from './server-over-directory.js';
import { freePort } from './start-registry.js';

/** The account of every emulator, which Microsoft publishes. */
export const AZURE_ACCOUNT = 'devstoreaccount1';
export const AZURE_KEY =
  'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

/** Azure's blob service, on a free port of this machine. It saves every five seconds what it knows: `kill` loses the rest. */
export interface AzuriteServer extends CloudServer<AzureContainer> {
  /** Of the account. */
  readonly url: string;
}

export interface AzureContainer extends CloudStore {
  readonly client: ContainerClient;
  /** Every name, in order, those of uncommitted blobs included. */
  names(): Promise<string[]>;
}

let containers = 0;

/** A client that asks for no certificate's issuer. */
const UNVERIFIED = new Agent({ rejectUnauthorized: false });

function answersUnverified(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    request(url, { agent: UNVERIFIED }, (answer) => {
      answer.resume();
      resolve(true);
    })
      .on('error', () => {
        resolve(false);
      })
      .end();
  });
}

/** Files of a certificate for its address, and of its key. */
export interface AzuriteTls {
  readonly cert: string;
  readonly key: string;
}

/**
 * @param command - its program, see `useTool` and `findTool`
 * @param tls - with it, and only then, it takes the tokens of identities too; it checks no signature of theirs
 */
export async function startAzurite(command: string, tls?: AzuriteTls): Promise<AzuriteServer> {
  const port = await freePort();
  const url = `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}/${AZURE_ACCOUNT}`;
  const server = await startServerOverDirectory((path) => ({
    command,
    args: [
      ...['--blobHost', '127.0.0.1', '--blobPort', String(port), '--location', path],
      ...['--silent', '--skipApiVersionCheck', '--disableTelemetry', '--disableProductStyleUrl'],
      ...(tls === undefined ? [] : ['--cert', tls.cert, '--key', tls.key, '--oauth', 'basic']),
    ],
    url,
    ...(tls === undefined ? {} : { answers: answersUnverified }),
  }));
  return { ...server, url, createStore: () => createContainer(url) };
}

async function createContainer(url: string): Promise<AzureContainer> {
  const name = `container-${process.pid}-${++containers}`;
  const options: StoragePipelineOptions & { agent?: Agent } = url.startsWith('https:')
    ? { agent: UNVERIFIED }
    : {};
  const key = new StorageSharedKeyCredential(AZURE_ACCOUNT, AZURE_KEY);
  const service = new BlobServiceClient(url, key, options);
  const { containerClient: client } = await service.createContainer(name);
  return {
    name,
    client,
    parameters: (through = url) => ({
      accountname: AZURE_ACCOUNT,
      accountkey: AZURE_KEY,
      container: name,
      serviceurl: through,
      rootdirectory: '/',
    }),
    async names() {
      const found: string[] = [];
      for await (const blob of client.listBlobsFlat({ includeUncommitedBlobs: true })) found.push(blob.name);
      return found;
    },
  };
}

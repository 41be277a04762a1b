import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import type { TokenCredential } from '@azure/identity';
import type { ContainerClient, StoragePipelineOptions } from '@azure/storage-blob';
import { BlobServiceClient, StorageSharedKeyCredential, newPipeline } from '@azure/storage-blob';
import type { AzureConfig } from './config.js';
import { createToken, readToken } from './token.js';
import type { Signer } from './signer.js';
import { delegationSigner, keySigner } from './signer.js';

/** A container, and who may sign for it. */
export interface Connection {
  readonly container: ContainerClient;
  readonly signer: Signer;
  close(): void;
}

/** Connects without a request. @azure/identity is loaded only where an identity is configured. */
export async function connect(config: AzureConfig, token?: TokenCredential): Promise<Connection> {
  const agent = createAgent(config);
  const options: StoragePipelineOptions & { agent?: HttpAgent | undefined } = {
    // Tries are counted here (retry.ts): the SDK's have no jitter, and do not hear what the service asks for.
    retryOptions: { maxTries: 1 },
    userAgentOptions: { userAgentPrefix: 'outrigger' },
    ...(agent === undefined ? {} : { agent }),
  };
  const close = () => agent?.destroy();
  const { identity, serviceUrl } = config;
  if (identity.type === 'shared_key') {
    const key = new StorageSharedKeyCredential(config.accountName, identity.accountKey);
    const service = new BlobServiceClient(serviceUrl, newPipeline(key, options));
    return { container: service.getContainerClient(config.container), signer: keySigner(config, key), close };
  }
  const credential = token ?? (await createToken(identity));
  const service = new BlobServiceClient(serviceUrl, newPipeline(credential, options));
  return {
    container: service.getContainerClient(config.container),
    signer: { ...delegationSigner(config, service), token: () => readToken(credential) },
    close,
  };
}

/** Undefined: the SDK's own, which goes through a proxy where the environment names one. */
function createAgent({ skipVerify, serviceUrl }: AzureConfig): HttpAgent | undefined {
  if (!skipVerify || !serviceUrl.startsWith('https:')) return undefined;
  return new HttpsAgent({ keepAlive: true, rejectUnauthorized: false });
}

import { createHash } from 'node:crypto';
import type { S3ClientConfig, ServiceInputTypes, ServiceOutputTypes } from '@aws-sdk/client-s3';
import { S3Client } from '@aws-sdk/client-s3';
import type { BuildMiddleware } from '@smithy/types';
import type { S3Config } from './config.js';
import { S3HttpHandler } from './http-handler.js';
import { logRequests } from './log-requests.js';
import { FullJitterRetry, MAX_TRIES } from './retry.js';

/** A client for all requests but signed URLs, see `createSigner`. */
export function createClient(config: S3Config): S3Client {
  const client = new S3Client(clientConfig(config, new S3HttpHandler(config)));
  client.middlewareStack.add(adapt(config), { step: 'build', priority: 'low', name: 'outriggerAdapt' });
  client.middlewareStack.add(sendMd5, { step: 'build', priority: 'low', name: 'outriggerMd5' });
  const show = logRequests(config.logLevel);
  if (show !== undefined) client.middlewareStack.add(show, { step: 'finalizeRequest', name: 'outriggerLog' });
  return client;
}

/** The client itself, or, where clients reach the store under another name, one that signs for that. It sends nothing. */
export function createSigner(config: S3Config, client: S3Client): S3Client {
  const { redirectEndpoint } = config;
  if (redirectEndpoint === undefined) return client;
  const { credentials, requestHandler } = client.config;
  const signer = new S3Client({ ...clientConfig(config, requestHandler), credentials });
  signer.middlewareStack.add(rename(redirectEndpoint), {
    step: 'build',
    priority: 'low',
    name: 'outriggerRename',
  });
  return signer;
}

function clientConfig(config: S3Config, requestHandler: S3ClientConfig['requestHandler']): S3ClientConfig {
  const { credentials, endpoint, region, forcePathStyle, accelerate } = config;
  return {
    region,
    forcePathStyle,
    useAccelerateEndpoint: accelerate,
    maxAttempts: MAX_TRIES,
    retryStrategy: new FullJitterRetry(),
    // Newer SDKs send a CRC32 with every write and ask for one with every read, which stores refuse that do not know it (Ceph, older
    // MinIO, R2, OSS). The signature covers a SHA-256 of every body, so that nothing changes on its way unseen.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    // Some stores never answer `100 Continue`, and a whole part is worth no round trip.
    expectContinueHeader: false,
    // A wrong region is a fault of the configuration, which is told.
    followRegionRedirects: false,
    ...(requestHandler === undefined ? {} : { requestHandler }),
    ...(credentials === undefined ? {} : { credentials }),
    ...(endpoint === undefined ? {} : { endpoint: endpoint.href }),
    // Not given, they are left to the environment and the profile.
    ...(config.useDualStack ? { useDualstackEndpoint: true } : {}),
    ...(config.useFips ? { useFipsEndpoint: true } : {}),
  };
}

type Adapt = BuildMiddleware<ServiceInputTypes, ServiceOutputTypes>;

function adapt({ endpoint, secure, userAgent }: S3Config): Adapt {
  const isPlain = endpoint === undefined && !secure;
  return (next) => (args) => {
    const { request } = args;
    if (isRequest(request)) {
      if (isPlain) request.protocol = 'http:';
      if (userAgent !== undefined)
        request.headers['user-agent'] = `${request.headers['user-agent'] ?? ''} ${userAgent}`.trim();
    }
    return next(args);
  };
}

/** DeleteObjects wants a checksum of its body. All stores know this one, and not all of them the CRC32 of the SDK. */
const sendMd5: Adapt = (next, context) => (args) => {
  const { request } = args;
  if (context.commandName === 'DeleteObjectsCommand' && isRequest(request)) {
    const { headers, body } = request;
    for (const name of Object.keys(headers))
      if (/^x-amz-(checksum-|sdk-checksum-)/.test(name)) Reflect.deleteProperty(headers, name);
    if (typeof body === 'string' || body instanceof Uint8Array)
      headers['content-md5'] = createHash('md5').update(body).digest('base64');
  }
  return next(args);
};

function rename({ protocol, hostname, port }: URL): Adapt {
  return (next) => (args) => {
    const { request } = args;
    if (isRequest(request)) {
      request.protocol = protocol;
      request.hostname = hostname;
      request.port = port === '' ? undefined : Number(port);
      request.headers.host = port === '' ? hostname : `${hostname}:${port}`;
    }
    return next(args);
  };
}

/** The SDK's HTTP request, as far as it is changed here. */
interface SdkRequest {
  protocol: string;
  hostname: string;
  port?: number | undefined;
  headers: Record<string, string>;
  body?: unknown;
}

function isRequest(request: unknown): request is SdkRequest {
  return typeof request === 'object' && request !== null && 'headers' in request && 'hostname' in request;
}

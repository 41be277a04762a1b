import type { Redirect, RedirectRequest, StorageDriver } from '@outrigger/driver';
import { createPrivateKey } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { ConfigError } from '../config/config-error.js';
import type { AwsRanges } from './aws-ranges.js';
import { watchAwsRanges } from './aws-ranges.js';
import { cloudfrontBase, readCloudfrontOptions } from './cloudfront-options.js';
import { overrideRedirect } from './override-redirect.js';
import type { MiddlewareParts, StorageMiddleware } from './storage-middleware.js';

/** Distribution's `cloudfront`: sends clients to CloudFront with signed URLs, and those within AWS to the bucket itself. */
export const cloudfront: StorageMiddleware = {
  async apply(driver, options, key, parts): Promise<StorageDriver> {
    const keyOf = objectKeys(key, parts.storage);
    const settings = readCloudfrontOptions(options, key);
    const { base, keyPairId, durationMs, filter } = settings;
    const privateKey = await readPrivateKey(settings.privateKeyFile, `${key}.privatekey`);
    const { getSignedUrl } = await import('@aws-sdk/cloudfront-signer');
    const ranges = filter && (await watchAwsRanges(filter, parts.log));
    parts.closing.add('cloudfront', () => ranges?.close());
    return overrideRedirect(driver, async (path, request) => {
      if (ranges !== undefined && isInside(ranges, request)) return askDriver(driver, path, request);
      const dateLessThan = new Date(Date.now() + durationMs);
      const url = getSignedUrl({ url: base + keyOf(path), keyPairId, privateKey, dateLessThan });
      return { url, expiresAt: dateLessThan };
    });
  },
  hosts: (options, key) => [new URL(cloudfrontBase(options, key)).host],
};

/** What CloudFront has in front of it: the key of a path in the bucket, as the S3 driver forms it. */
function objectKeys(
  key: string,
  { driver, parameters }: MiddlewareParts['storage'],
): (path: string) => string {
  if (driver !== 's3' && driver !== 's3aws')
    throw new ConfigError([
      { key, where: '', message: `cloudfront works with the driver s3 alone, and this one is ${driver}` },
    ]);
  const { rootdirectory } = parameters;
  const root = typeof rootdirectory === 'string' ? rootdirectory.replace(/\/+$/, '') : '';
  return (path) => (root + path).replace(/^\/+/, '');
}

async function readPrivateKey(file: string, key: string): Promise<string> {
  const wrong = (message: string, cause: unknown) =>
    Object.assign(new ConfigError([{ key, where: '', message }]), { cause });
  const pem = await readFile(file, 'utf8').catch((error: unknown) => {
    throw wrong('the file cannot be read', error);
  });
  try {
    if (createPrivateKey(pem).asymmetricKeyType === 'rsa') return pem;
  } catch (error) {
    throw wrong('the file holds no private key in PEM', error);
  }
  throw wrong('the key must be one of RSA', undefined);
}

function isInside(ranges: AwsRanges, { clientIp }: RedirectRequest): boolean {
  return clientIp !== undefined && ranges.has(clientIp);
}

/** What is called when it is not declared is not defined. */
async function askDriver(
  driver: StorageDriver,
  path: string,
  request: RedirectRequest,
): Promise<Redirect | null> {
  if (driver.capabilities.redirectURL !== true) return null;
  return (await driver.redirectURL?.(path, request)) ?? null;
}

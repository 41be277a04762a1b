import type { StorageDriver } from '@outrigger/driver';
import { inmemory } from '@outrigger/plugin-memory';
import { generateKeyPairSync, verify } from 'node:crypto';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ConfigError } from '../../src/config/config-error.js';
import { temporaryDirectory } from '../temporary-directory.js';
import { applyTo } from './middleware-parts.js';

const PATH = '/docker/registry/v2/blobs/sha256/ab/abc/data';
const DIRECT = `https://bucket.s3.example.com${PATH}?X-Amz-Signature=1`;

const rsa = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
});

const RANGES = {
  syncToken: '1',
  prefixes: [
    { ip_prefix: '192.0.2.0/24', region: 'us-east-1', service: 'AMAZON' },
    { ip_prefix: '198.51.100.0/24', region: 'eu-west-1', service: 'AMAZON' },
    { ip_prefix: 'unreadable', region: 'eu-west-1', service: 'AMAZON' },
  ],
  ipv6_prefixes: [{ ipv6_prefix: '2001:db8::/32', region: 'us-east-1', service: 'AMAZON' }],
};

async function keyFile(pem: string = rsa.privateKey): Promise<string> {
  const file = join(await temporaryDirectory(), 'key.pem');
  await writeFile(file, pem);
  return file;
}

/** What publishes the addresses of AWS. */
async function startRanges(body: unknown, status = 200): Promise<string> {
  const server = createServer((_req, res) => res.writeHead(status).end(JSON.stringify(body)));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/ip-ranges.json`;
}

async function signing(): Promise<StorageDriver> {
  const driver = await inmemory.create({});
  return Object.assign(Object.create(driver) as StorageDriver, {
    capabilities: { ...driver.capabilities, redirectURL: true },
    redirectURL: () => Promise.resolve({ url: DIRECT }),
  });
}

interface Setting {
  readonly options?: Readonly<Record<string, unknown>>;
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly driver?: string;
  readonly redirectHosts?: readonly string[];
  readonly warnings?: string[];
}

async function applyCloudfront({
  options,
  parameters = {},
  driver = 's3',
  redirectHosts,
  warnings,
}: Setting) {
  const given = {
    baseurl: 'https://d1.cloudfront.net/',
    privatekey: await keyFile(),
    keypairid: 'K1',
    ...options,
  };
  const list = [{ name: 'cloudfront', disabled: false, options: given }];
  const middleware = { storage: list, registry: [], repository: [] };
  const storage = { driver, parameters: parameters as Record<string, string> };
  return applyTo({ middleware, redirectHosts, storage }, await signing(), warnings);
}

async function askFor({ driver }: { driver: StorageDriver }, clientIp = '203.0.113.9'): Promise<URL> {
  const found = await driver.redirectURL?.(PATH, { method: 'GET', clientIp });
  return new URL(found?.url ?? 'none:');
}

/** CloudFront's own check of a canned policy. */
function isSigned(url: URL): boolean {
  const expires = url.searchParams.get('Expires');
  const resource = url.origin + url.pathname;
  const policy = `{"Statement":[{"Resource":"${resource}","Condition":{"DateLessThan":{"AWS:EpochTime":${expires}}}}]}`;
  const letters: Record<string, string> = { '-': '+', _: '=', '~': '/' };
  const signature = url.searchParams
    .get('Signature')
    ?.replaceAll(/[-_~]/g, (letter) => letters[letter] ?? '');
  return verify('RSA-SHA1', Buffer.from(policy), rsa.publicKey, Buffer.from(signature ?? '', 'base64'));
}

describe('cloudfront', () => {
  it.each([
    [{}, {}, `https://d1.cloudfront.net${PATH}`],
    [{ baseurl: 'd1.cloudfront.net/below' }, {}, `https://d1.cloudfront.net/below${PATH}`],
    [{ baseurl: 'http://cdn.example.com:8080' }, {}, `http://cdn.example.com:8080${PATH}`],
    [{}, { rootdirectory: '/' }, `https://d1.cloudfront.net${PATH}`],
    [{}, { rootdirectory: '/some/root/' }, `https://d1.cloudfront.net/some/root${PATH}`],
    [{}, { rootdirectory: 'root' }, `https://d1.cloudfront.net/root${PATH}`],
  ])('signs a URL for the key in the bucket: %j %j', async (options, parameters, expected) => {
    const url = await askFor(await applyCloudfront({ options, parameters }));
    expect(url.origin + url.pathname).toBe(expected);
    expect(url.searchParams.get('Key-Pair-Id')).toBe('K1');
    expect(isSigned(url)).toBe(true);
    url.pathname += 'x';
    expect(isSigned(url)).toBe(false);
  });

  it.each([
    [{}, 1200],
    [{ duration: '50m' }, 3000],
    [{ duration: 3000 }, 1200],
  ])('signs for a while: %j', async (options, seconds) => {
    const applied = await applyCloudfront({ options });
    const before = Math.floor(Date.now() / 1000);
    const expires = Number((await askFor(applied)).searchParams.get('Expires'));
    expect(expires).toBeGreaterThanOrEqual(before + seconds);
    expect(expires).toBeLessThanOrEqual(Math.ceil(Date.now() / 1000) + seconds);
  });

  it.each([
    ['none', undefined, []],
    ['aws', undefined, ['192.0.2.7', '198.51.100.7', '2001:db8::7', '::ffff:192.0.2.7']],
    ['awsregion', 'ap-east-1, US-East-1', ['192.0.2.7', '2001:db8::7', '::ffff:192.0.2.7']],
  ])('sends those within AWS to the bucket: %s %s', async (ipfilteredby, awsregion, direct) => {
    const iprangesurl = await startRanges(RANGES);
    const applied = await applyCloudfront({ options: { ipfilteredby, awsregion, iprangesurl } });
    const clients = [
      '192.0.2.7',
      '198.51.100.7',
      '203.0.113.7',
      '2001:db8::7',
      '2001:db9::7',
      '::ffff:192.0.2.7',
      '',
    ];
    const asked = await Promise.all(
      clients.map(async (client) => ({ client, url: await askFor(applied, client) })),
    );
    expect(asked.filter(({ url }) => url.href === DIRECT).map(({ client }) => client)).toEqual(direct);
    expect(asked.filter(({ url }) => url.href !== DIRECT).every(({ url }) => isSigned(url))).toBe(true);
  });

  it.each([
    [RANGES, 500],
    [{ prefixes: 'none' }, 200],
  ])('sends all to CloudFront when the addresses of AWS cannot be read: %j %i', async (body, status) => {
    const warnings: string[] = [];
    const options = { ipfilteredby: 'aws', iprangesurl: await startRanges(body, status) };
    const applied = await applyCloudfront({ options, warnings });
    expect(isSigned(await askFor(applied, '192.0.2.7'))).toBe(true);
    expect(warnings).toEqual([
      'the addresses of AWS could not be read: cloudfront goes on with what it knew',
    ]);
  });

  it('adds its host to those that clients may be sent to', async () => {
    const { redirectHosts } = await applyCloudfront({ redirectHosts: [] });
    expect(redirectHosts).toEqual(['d1.cloudfront.net']);
  });

  it.each<[Record<string, unknown>, string]>([
    [{ baseurl: undefined }, 'options.baseurl: is missing'],
    [{ baseurl: 'ftp://host/' }, 'options.baseurl: must be a URL of http or https'],
    [{ baseurl: 'https://host/?a=b' }, 'options.baseurl: must be a URL of http or https'],
    [{ keypairid: '' }, 'options.keypairid: is missing'],
    [{ privatekey: undefined }, 'options.privatekey: is missing'],
    [{ privatekey: '/does/not/exist' }, 'options.privatekey: the file cannot be read'],
    [{ duration: '20' }, 'options.duration: must be a duration such as 20m'],
    [{ duration: '10ms' }, 'options.duration: must be a duration such as 20m'],
    [{ ipfilteredby: 'azure' }, 'options.ipfilteredby: must be one of none, aws, awsregion'],
    [{ ipfilteredby: 'awsregion' }, 'options.awsregion: is missing'],
    [
      { ipfilteredby: 'aws', iprangesurl: 'file:///x' },
      'options.iprangesurl: must be a URL of http or https',
    ],
    [{ ipfilteredby: 'aws', updatefrenquency: 'daily' }, 'options.updatefrenquency: must be a duration'],
  ])('that is wrong is an error that names it: %j', async (options, message) => {
    const applying = applyCloudfront({ options });
    await expect(applying).rejects.toThrow(ConfigError);
    await expect(applying).rejects.toThrow(`middleware.storage[0].${message}`);
  });

  it('refuses what is no key of RSA, and says nothing of it', async () => {
    const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
    const ed25519 = applyCloudfront({ options: { privatekey: await keyFile(pem.toString()) } });
    await expect(ed25519).rejects.toThrow('options.privatekey: the key must be one of RSA');
    const none = applyCloudfront({ options: { privatekey: await keyFile('top secret') } });
    await expect(none).rejects.toThrow(/options.privatekey: the file holds no private key in PEM$/);
  });

  it('works with the driver of S3 alone', async () => {
    const applying = applyCloudfront({ driver: 'filesystem' });
    await expect(applying).rejects.toThrow(
      'cloudfront works with the driver s3 alone, and this one is filesystem',
    );
  });
});

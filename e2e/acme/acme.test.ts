import { readFile, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'vitest';
import { expect, test } from 'vitest';
import { temporaryDirectory } from '../harness/temporary-directory.js';
import { until } from '../harness/until.js';
import type { AuthorityOptions } from './certificate-authority.js';
import { createAuthority } from './certificate-authority.js';
import { startDistribution } from './distribution.js';
import { openEntrance } from './entrance.js';
import { serve } from './serve.js';
import { visit } from './visit.js';

const HOST = 'registry.example.org';

/** A CA that is not there yet, an entrance for it, and the configuration of registries behind it. */
async function setUp(
  context: TestContext,
  options: Partial<AuthorityOptions> & { readonly host?: string } = {},
) {
  const entrance = await openEntrance();
  const { host = HOST, ...more } = options;
  const authority = await createAuthority(context, { tlsPort: entrance.port, ...more });
  const cachefile = join(await temporaryDirectory(), 'cache');
  const { directoryUrl, trust } = authority;
  const letsencrypt = { cachefile, email: 'operator@example.org', hosts: [host], directoryurl: directoryUrl };
  const start = (workers = 1) => serve({ tls: { letsencrypt }, trust, workers });
  return { entrance, authority, cachefile, letsencrypt, start };
}

/** What no log may have. */
async function expectNoKey(log: string, cachefile: string): Promise<void> {
  expect(log).not.toContain('PRIVATE KEY');
  for (const name of await readdir(cachefile)) {
    const [, secret = ''] = (await readFile(join(cachefile, name), 'utf8')).split('\n');
    if (secret !== '') expect(log).not.toContain(secret);
  }
}

test('a certificate is ordered, used again after a restart, and shown by Distribution too', async (context) => {
  const { entrance, authority, cachefile, letsencrypt, start } = await setUp(context);
  await authority.start();
  const first = await start();
  entrance.leadTo(first.port);
  await first.said('a certificate was issued');
  const ca = await authority.root();
  const seen = await visit(first.port, HOST, ca);
  expect(seen).toMatchObject({ status: 200, curve: 'prime256v1', hsts: 'max-age=31536000' });
  expect((await first.stop()).exitCode).toBe(0);
  await expectNoKey(first.logs(), cachefile);
  expect((await readdir(cachefile)).sort()).toEqual(['acme_account+key', HOST]);
  expect((await stat(cachefile)).mode & 0o777).toBe(0o700);
  expect((await stat(join(cachefile, HOST))).mode & 0o777).toBe(0o600);

  const second = await start();
  expect(await visit(second.port, HOST, ca)).toEqual(seen);
  expect(authority.orders()).toBe(1);
  expect(second.messages('ordered')).toEqual([]);
  await second.stop();

  const { cachefile: cache, hosts } = letsencrypt;
  const port = await startDistribution(context, { cachefile: cache, hosts });
  const answer = await until('an answer of Distribution', () => visit(port, HOST, ca).catch(() => undefined));
  expect(answer.serialNumber).toBe(seen.serialNumber);
});

test('a certificate is renewed while clients come', async (context) => {
  const { entrance, authority, start } = await setUp(context, { validity: 9 });
  await authority.start();
  const registry = await start();
  entrance.leadTo(registry.port);
  await registry.said('a certificate was issued');
  // On a busy machine it may have expired when it is looked at.
  const look = () => visit(registry.port, HOST, '', { rejectUnauthorized: false });
  const first = await look();
  await until('the second certificate', () => registry.messages('a certificate was issued')[1]);
  // The first look may have shown it already: it is not the last one.
  await until('another certificate', async () => (await look()).serialNumber !== first.serialNumber);
});

test('a CA that is away: it is said, it is not besieged, and SIGHUP asks it again', async (context) => {
  const { entrance, authority, cachefile, start } = await setUp(context);
  const registry = await start();
  entrance.leadTo(registry.port);
  const line = await registry.said('no certificate was issued');
  expect(line).toMatchObject({ level: 'error', host: HOST });
  expect(JSON.stringify(line)).toMatch(/the CA at 127\.0\.0\.1:\d+ cannot be reached: ECONNREFUSED/);
  for (let client = 0; client < 20; client++)
    await expect(visit(registry.port, HOST, '')).rejects.toThrow(/handshake failure/);
  expect(registry.messages('no certificate was issued')).toHaveLength(1);
  await registry.stop();

  const next = await start();
  entrance.leadTo(next.port);
  await authority.start();
  expect(next.messages('a certificate is ordered')).toEqual([]);
  next.signal('SIGHUP');
  await next.said('a certificate was issued');
  expect(await visit(next.port, HOST, await authority.root())).toMatchObject({ status: 200 });
  await expectNoKey(registry.logs() + next.logs(), cachefile);
});

test('the end of the registry is the end of an order', async (context) => {
  const { authority, cachefile, start } = await setUp(context);
  await authority.start();
  const registry = await start();
  // The CA stands before the entrance by now, or soon.
  await until('the proof', async () => (await readdir(cachefile)).includes(`${HOST}+token`));
  expect((await registry.stop()).exitCode).toBe(0);
  expect(await readdir(cachefile)).toEqual(['acme_account+key']);
  expect(registry.messages('no certificate was issued')).toEqual([]);
});

test('a host that the CA refuses, and one that leads elsewhere, are said with its reason', async (context) => {
  const refused = await setUp(context, { host: 'refused.example.org' });
  await refused.authority.start();
  const first = await refused.start();
  refused.entrance.leadTo(first.port);
  expect(JSON.stringify(await first.said('no certificate was issued'))).toMatch(/policy|blocked|forbid/i);

  const elsewhere = await setUp(context);
  await elsewhere.authority.start();
  elsewhere.entrance.leadTo('nowhere');
  const second = await elsewhere.start();
  expect(JSON.stringify(await second.said('no certificate was issued'))).toContain(
    `the CA could not prove that ${HOST} leads here: `,
  );
  expect(await readdir(elsewhere.cachefile)).not.toContain(`${HOST}+token`);
});

test('of two registries with one cache one orders, and the CA may come to the other', async (context) => {
  const { entrance, authority, start } = await setUp(context);
  const first = await start();
  // From now on both leave the CA alone for a while.
  await first.said('no certificate was issued');
  const second = await start();
  entrance.leadTo(second.port);
  await authority.start();
  first.signal('SIGHUP');
  await first.said('a certificate was issued');
  const ca = await authority.root();
  const seen = await visit(first.port, HOST, ca);
  expect((await visit(second.port, HOST, ca)).serialNumber).toBe(seen.serialNumber);
  expect(authority.orders()).toBe(1);
  expect(second.messages('ordered')).toEqual([]);
});

test('of several workers one orders, and all show the certificate', async (context) => {
  const { entrance, authority, start } = await setUp(context);
  const registry = await start(2);
  entrance.leadTo(registry.port);
  await registry.said('no certificate was issued');
  await authority.start();
  registry.signal('SIGHUP');
  await registry.said('a certificate was issued');
  const ca = await authority.root();
  // Connections go to the workers in turn.
  const seen = [];
  for (let client = 0; client < 6; client++) seen.push((await visit(registry.port, HOST, ca)).serialNumber);
  expect(new Set(seen).size).toBe(1);
  expect(authority.orders()).toBe(1);
  expect(registry.messages('a certificate was issued')).toHaveLength(1);
});

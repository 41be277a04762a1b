import assert from 'node:assert/strict';
import type { Redirect } from '@outrigger/driver';
import { sameBytes } from '../assertions.js';
import { type CaseContext, type ConformanceCase, skip } from '../case.js';

const REQUIRES = ['redirectURL'] as const;

export const redirectCases: readonly ConformanceCase[] = [
  {
    id: 'T29',
    name: 'redirectURL: a GET of the URL answers the content',
    promise: 'Where a client may fetch the object by itself; null: not from here.',
    requires: REQUIRES,
    async run(context) {
      const { bytes, redirect } = await redirected(context, 'GET');
      const response = await fetch(redirect.url, { signal: context.signal });
      assert.equal(response.status, 200);
      sameBytes(new Uint8Array(await response.arrayBuffer()), bytes, 'body of the GET');
    },
  },
  {
    id: 'T29.head',
    name: 'redirectURL: a HEAD of its URL answers the size',
    promise: 'GET and HEAD are signed apart.',
    requires: REQUIRES,
    async run(context) {
      const { bytes, redirect } = await redirected(context, 'HEAD');
      const response = await fetch(redirect.url, { method: 'HEAD', signal: context.signal });
      assert.equal(response.status, 200);
      assert.equal(response.headers.get('content-length'), String(bytes.length));
    },
  },
  {
    id: 'T29.others',
    name: 'redirectURL: other methods are not redirected',
    promise: 'GET and HEAD are signed; for every other method the answer is null.',
    requires: REQUIRES,
    async run({ driver, scratch }) {
      const path = scratch.path();
      await driver.put(path, scratch.content(32).bytes());
      for (const method of ['POST', 'PUT', 'PATCH', 'DELETE']) {
        assert.equal(await driver.redirectURL?.(path, { method }), null, method);
      }
    },
  },
  {
    id: 'T29.expiry',
    name: 'redirectURL: an expiry lies in the future',
    promise: '`expiresAt` is the time until which the URL answers.',
    requires: REQUIRES,
    async run(context) {
      const { redirect } = await redirected(context, 'GET');
      if (redirect.expiresAt === undefined) skip('the URL has no expiry');
      assert.ok(redirect.expiresAt.getTime() > Date.now());
    },
  },
];

async function redirected(
  { driver, scratch }: CaseContext,
  method: string,
): Promise<{ bytes: Uint8Array; redirect: Redirect }> {
  const path = scratch.path();
  const bytes = scratch.content(32).bytes();
  await driver.put(path, bytes);
  const redirect = await driver.redirectURL?.(path, { method });
  if (redirect === null || redirect === undefined) skip('the driver redirects nothing as it is configured');
  return { bytes, redirect };
}

import { expect, test } from 'vitest';
import { startRegistry } from '../registry-fixture.js';

test('extensions can be discovered (O26)', async () => {
  const registry = await startRegistry();
  const answer = await registry.call('GET', '_oci/ext/discover');
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toContain('application/json');
  const { extensions } = (await answer.json()) as { extensions: { name: string; endpoints: string[] }[] };
  expect(extensions.map(({ name }) => name)).toEqual(['_oci', '_catalog']);
  for (const endpoint of extensions.flatMap(({ endpoints }) => endpoints))
    expect((await registry.call('GET', endpoint)).status).toBe(200);
  expect((await registry.call('PUT', '_oci/ext/discover')).status).toBe(405);
});

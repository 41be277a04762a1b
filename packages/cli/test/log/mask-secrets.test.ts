import { expect, it } from 'vitest';
import { maskSecrets } from '../../src/log/mask-secrets.js';

it.each([
  ['redis://user:s3cr3t@cache:6379/0', 'redis://***@cache:6379/0'],
  ['https://b.s3/x?X-Amz-Signature=s3cr3t&X-Amz-Date=1', 'https://b.s3/x?X-Amz-Signature=***&X-Amz-Date=1'],
  ['https://a/x?se=1&sig=s3cr3t', 'https://a/x?se=1&sig=***'],
  ['PUT /v2/a/blobs/uploads/1?_state=s3cr3t&digest=d', 'PUT /v2/a/blobs/uploads/1?_state=***&digest=d'],
  ['{"authorization":"Bearer s3cr3t"}', '{"authorization":"***"}'],
  ['Authorization: Basic s3cr3tzz', 'Authorization: ***'],
  ['{"msg":"{\\"Cookie\\":\\"s3cr3t\\"}"}', '{"msg":"{\\"Cookie\\":\\"***\\"}"}'],
  ['refused Bearer s3cr3t.s3cr3t', 'refused Bearer ***'],
])('%s', (line, masked) => {
  expect(maskSecrets(line)).toBe(masked);
});

it.each([
  'https://host/path?n=1',
  'a manifest of ghcr.io/a@sha256:00',
  '{"path":"/v2/a/tags/list","status":200}',
])('leaves alone what is no secret: %s', (line) => {
  expect(maskSecrets(line)).toBe(line);
});

import { expect, it, vi } from 'vitest';
import { createMultipart } from '../src/multipart.js';
import type { Service } from '../src/service.js';
import { fakeService } from './fake-service.js';
import { refusal } from './rest-error.js';

/** A service in which a commit of blocks makes a blob of this ETag, and a copy is what a test says. */
function serviceWith(blob: Record<string, unknown>): Service {
  const commitBlockList = () => Promise.resolve({ etag: '"committed"' });
  return {
    ...fakeService({ blob: { url: 'https://acc.test/con/staged', ...blob } }),
    signer: { sign: () => Promise.resolve('sig=x') },
    blockBlob: () => ({ commitBlockList }) as unknown as ReturnType<Service['blockBlob']>,
  };
}

const upload = { key: 'a', id: '00000000000001-x' };
const parts = [{ number: 1, size: 1, tag: 'block' }];
const done = { getOperationState: () => ({ isCompleted: true }) };

it('only what was committed is copied to its key', async () => {
  const beginCopyFromURL = vi.fn(() => Promise.resolve(done));
  const service = serviceWith({ beginCopyFromURL, delete: () => Promise.resolve() });
  await createMultipart(service, 'staging/').complete(upload, parts);
  expect(beginCopyFromURL).toHaveBeenCalledWith(
    expect.anything(),
    expect.objectContaining({ sourceConditions: { ifMatch: '"committed"' } }),
  );
});

it('also over what is there', async () => {
  const syncCopyFromURL = vi.fn(() => Promise.resolve());
  const service = serviceWith({
    beginCopyFromURL: () => Promise.reject(refusal(409, 'BlobAlreadyExists')),
    getProperties: () => Promise.resolve({ contentLength: 1, blobType: 'BlockBlob' }),
    syncCopyFromURL,
    delete: () => Promise.resolve(),
  });
  await createMultipart(service, 'staging/').complete(upload, parts);
  expect(syncCopyFromURL).toHaveBeenCalledWith(
    expect.anything(),
    expect.objectContaining({ sourceConditions: { ifMatch: '"committed"' } }),
  );
});

it('an upload that somebody aborts between its commit and its copy is a failure, never their empty blob', async () => {
  const service = serviceWith({
    beginCopyFromURL: () => Promise.reject(refusal(412, 'SourceConditionNotMet')),
    getProperties: () => Promise.reject(refusal(404, 'BlobNotFound')),
  });
  await expect(createMultipart(service, 'staging/').complete(upload, parts)).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    retryable: false,
  });
});

it('nor where something is in the place of the content', async () => {
  const service = serviceWith({
    beginCopyFromURL: () => Promise.reject(refusal(409, 'BlobAlreadyExists')),
    getProperties: () => Promise.resolve({ contentLength: 1, blobType: 'BlockBlob', metadata: {} }),
    syncCopyFromURL: () => Promise.reject(refusal(412, 'CannotVerifyCopySource')),
  });
  await expect(createMultipart(service, 'staging/').complete(upload, parts)).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    retryable: false,
  });
});

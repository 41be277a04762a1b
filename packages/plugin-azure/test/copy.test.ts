import { expect, it, vi } from 'vitest';
import { copyBlob } from '../src/copy.js';
import type { FakeParts } from './fake-service.js';
import { fakeService } from './fake-service.js';
import { refusal } from './rest-error.js';

const MIB = 1024 * 1024;
const SIZE = 600 * MIB;
const request = { source: 'from', destination: 'to' };
const done = { getOperationState: () => ({ isCompleted: true }) };
const properties = {
  contentLength: SIZE,
  blobType: 'BlockBlob',
  etag: '"1"',
  metadata: { outriggerupload: 'id' },
  contentType: 'application/octet-stream',
};

/** A service in which something is at the destination, and at the source a blob of 600 MiB. */
function occupied(parts: Pick<FakeParts, 'signer'> = {}) {
  const refuseOccupied = (_url: string, { conditions }: { conditions?: object } = {}) =>
    conditions === undefined ? Promise.resolve(done) : Promise.reject(refusal(409, 'BlobAlreadyExists'));
  const blob = {
    url: 'https://acc.test/con/from',
    beginCopyFromURL: vi.fn(refuseOccupied),
    getProperties: vi.fn(() => Promise.resolve(properties)),
  };
  const blockBlob = {
    stageBlockFromURL: vi.fn<(...args: unknown[]) => Promise<object>>(() => Promise.resolve({})),
    commitBlockList: vi.fn<(...args: unknown[]) => Promise<object>>(() => Promise.resolve({})),
  };
  const signer = { sign: () => Promise.resolve('sig=x') };
  return { blob, blockBlob, service: fakeService({ blob, blockBlob, signer, ...parts }) };
}

it('large content takes the place of other content in blocks, and at once', async () => {
  const { blob, blockBlob, service } = occupied();
  expect(await copyBlob(service, request)).toBe(true);
  const staged = blockBlob.stageBlockFromURL.mock.calls;
  expect(staged.map(([, url, offset, count]) => [url, offset, count])).toEqual([
    ['https://acc.test/con/from?sig=x', 0, 256 * MIB],
    ['https://acc.test/con/from?sig=x', 256 * MIB, 256 * MIB],
    ['https://acc.test/con/from?sig=x', 512 * MIB, 88 * MIB],
  ]);
  expect(blockBlob.commitBlockList).toHaveBeenCalledExactlyOnceWith(
    staged.map(([id]) => id),
    expect.objectContaining({
      metadata: properties.metadata,
      blobHTTPHeaders: { blobContentType: 'application/octet-stream' },
    }),
  );
  expect(blob.beginCopyFromURL).toHaveBeenCalledTimes(1);
});

it('where the service has no blocks of a URL it is a copy, as before', async () => {
  const { blob, blockBlob, service } = occupied();
  blockBlob.stageBlockFromURL.mockRejectedValue(refusal(501, 'APINotImplemented'));
  expect(await copyBlob(service, request)).toBe(true);
  expect(blockBlob.commitBlockList).not.toHaveBeenCalled();
  expect(blob.beginCopyFromURL).toHaveBeenCalledTimes(2);
});

it('a source that changes meanwhile is copied anew, and never mixed', async () => {
  const { blob, blockBlob, service } = occupied();
  blob.getProperties
    .mockResolvedValueOnce(properties)
    .mockResolvedValueOnce(properties)
    .mockResolvedValue({ ...properties, etag: '"2"', contentLength: 300 * MIB });
  expect(await copyBlob(service, request)).toBe(true);
  expect(blockBlob.stageBlockFromURL).toHaveBeenCalledTimes(5);
  const again = blockBlob.stageBlockFromURL.mock.calls.slice(3).map(([id]) => id);
  expect(blockBlob.commitBlockList).toHaveBeenCalledExactlyOnceWith(again, expect.anything());
});

it('a source that is another version than the one asked for counts as absent', async () => {
  const { blockBlob, service } = occupied();
  expect(await copyBlob(service, { ...request, sourceETag: '"0"' })).toBe(false);
  expect(blockBlob.commitBlockList).not.toHaveBeenCalled();
});

it('blocks that a commit of somebody else has thrown away are sent again, and not for ever', async () => {
  const { blockBlob, service } = occupied();
  blockBlob.commitBlockList.mockRejectedValueOnce(refusal(400, 'InvalidBlockList'));
  expect(await copyBlob(service, request)).toBe(true);
  expect(blockBlob.stageBlockFromURL).toHaveBeenCalledTimes(6);
  blockBlob.commitBlockList.mockRejectedValue(refusal(400, 'InvalidBlockList'));
  await expect(copyBlob(service, request)).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true });
});

it('an identity that may not sign lets the service read with its token', async () => {
  const { blockBlob, service } = occupied({
    signer: {
      sign: () => Promise.reject(refusal(403, 'AuthorizationPermissionMismatch')),
      token: () => Promise.resolve('TOKEN'),
    },
  });
  expect(await copyBlob(service, request)).toBe(true);
  expect(blockBlob.stageBlockFromURL.mock.calls[0]?.[1]).toBe('https://acc.test/con/from');
  expect(blockBlob.stageBlockFromURL.mock.calls[0]?.[4]).toMatchObject({
    sourceAuthorization: { scheme: 'Bearer', value: 'TOKEN' },
  });
});

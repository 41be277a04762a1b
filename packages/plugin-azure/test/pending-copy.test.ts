import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { awaitCopy } from '../src/pending-copy.js';
import { fakeService } from './fake-service.js';

/** The clock of the pauses between two looks. */
vi.mock('node:timers/promises', () => ({
  setTimeout: (_ms: number, value: unknown, options: { signal?: AbortSignal } = {}) =>
    options.signal?.aborted === true
      ? Promise.reject(options.signal.reason as Error)
      : Promise.resolve(value),
}));

const copy = { key: 'to', copyId: 'ours' };

interface Properties {
  readonly copyId: string;
  readonly copyStatus: string;
  readonly etag?: string;
}

function blobWith(...looks: readonly Properties[]) {
  const left = [...looks];
  const next = () => (left.length > 1 ? left.shift() : left[0]);
  return {
    getProperties: vi.fn(() => Promise.resolve(next())),
    abortCopyFromURL: vi.fn(() => Promise.resolve()),
    deleteIfExists: vi.fn(() => Promise.resolve()),
  };
}

const pending: Properties = { copyId: 'ours', copyStatus: 'pending', etag: '"1"' };

let abort: AbortController;
beforeEach(() => {
  abort = new AbortController();
});
afterEach(() => {
  vi.restoreAllMocks();
});

it('waits until it is done', async () => {
  const blob = blobWith(pending, pending, { copyId: 'ours', copyStatus: 'success' });
  await awaitCopy(fakeService({ blob }), copy);
  expect(blob.getProperties).toHaveBeenCalledTimes(3);
  expect(blob.abortCopyFromURL).not.toHaveBeenCalled();
});

it('is over when something else is in its place', async () => {
  const blob = blobWith(pending, { copyId: 'theirs', copyStatus: 'pending' });
  await awaitCopy(fakeService({ blob }), copy);
  expect(blob.deleteIfExists).not.toHaveBeenCalled();
});

it('one that fails is an error, and what it leaves is deleted', async () => {
  const blob = blobWith(pending, { copyId: 'ours', copyStatus: 'failed', etag: '"2"' });
  await expect(awaitCopy(fakeService({ blob }), copy)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  expect(blob.deleteIfExists).toHaveBeenCalledWith(
    expect.objectContaining({ conditions: { ifMatch: '"2"' } }),
  );
});

it('one that nobody waits for any more is aborted, and what it leaves is deleted', async () => {
  const blob = blobWith({ ...pending, copyStatus: 'aborted', etag: '"3"' });
  blob.getProperties.mockImplementationOnce(() => {
    abort.abort();
    return Promise.resolve(pending);
  });
  await expect(awaitCopy(fakeService({ blob }), { ...copy, signal: abort.signal })).rejects.toThrow();
  expect(blob.abortCopyFromURL).toHaveBeenCalledWith('ours', expect.anything());
  expect(blob.deleteIfExists).toHaveBeenCalledTimes(1);
});

it('one that was done before it could be aborted stays', async () => {
  const blob = blobWith({ copyId: 'ours', copyStatus: 'success', etag: '"4"' });
  blob.getProperties.mockImplementationOnce(() => {
    abort.abort();
    return Promise.resolve(pending);
  });
  await expect(awaitCopy(fakeService({ blob }), { ...copy, signal: abort.signal })).rejects.toThrow();
  expect(blob.deleteIfExists).not.toHaveBeenCalled();
});

it('one that replaces what was there goes on when nobody waits for it any more', async () => {
  const blob = blobWith(pending);
  blob.getProperties.mockImplementationOnce(() => {
    abort.abort();
    return Promise.resolve(pending);
  });
  const replacing = { ...copy, isReplacing: true, signal: abort.signal };
  await expect(awaitCopy(fakeService({ blob }), replacing)).rejects.toThrow();
  expect(blob.abortCopyFromURL).not.toHaveBeenCalled();
  expect(blob.deleteIfExists).not.toHaveBeenCalled();
});

import { describe, expect, it } from 'vitest';
import { connectScripted } from '../support/scripted-driver.js';

const OPENED = { size: 40_000, modTime: 0 };
const CHANGED = { code: 'UNAVAILABLE', path: '/a', retryable: false };

describe('get of more than travels in one message', () => {
  it('starts over when the content is replaced meanwhile', async () => {
    const { remote, driver } = await connectScripted({ dataPlanes: ['inline'] });
    const got = remote.get('/a');
    driver.answer(await driver.next('get'), { ...OPENED, version: 'one' });
    const stale = await driver.next('read');
    expect(stale.params?.ifMatch).toBe('one');
    driver.refuse(stale, 1007, CHANGED);
    driver.answer(await driver.next('get'), { ...OPENED, version: 'two' });
    const fresh = await driver.next('read');
    expect(fresh.params?.ifMatch).toBe('two');
    driver.answer(fresh, {
      ...OPENED,
      version: 'two',
      data: Buffer.alloc(OPENED.size, 7).toString('base64'),
    });
    expect(Buffer.from(await got)).toEqual(Buffer.alloc(OPENED.size, 7));
  });

  it('passes on a failure that may be repeated, without repeating it', async () => {
    const { remote, driver } = await connectScripted({ dataPlanes: ['inline'] });
    const got = remote.get('/a');
    driver.refuse(await driver.next('get'), 1007, { ...CHANGED, retryable: true });
    await expect(got).rejects.toMatchObject({ code: 'UNAVAILABLE', retryable: true });
  });
});

describe('F12: entries of a driver that lies', () => {
  const sentence = (method: string, path: string, expected: string) =>
    `an answer to ${method} of /a that does not fit it: result.entries[1].path: expected ${expected}, ` +
    `received "${path}" (see docs/protocol/reference.md#${method})`;

  it.each(['/b/c', '/a', '/a/b/c', '/a/', 'b'])('%s in a list of /a ends the connection', async (path) => {
    const { remote, driver } = await connectScripted();
    const listed = remote.list('/a');
    driver.answer(await driver.next('list'), { entries: [{ path: '/a/a' }, { path }] });
    await expect(listed).rejects.toMatchObject({ code: 'UNAVAILABLE', path: '/a' });
    const { message } = await remote.broken;
    expect(message).toBe(sentence('list', path, 'the full path of a child'));
  });

  it.each(['/b/c', '/a', '/ab'])('%s in a walk of /a ends the connection', async (path) => {
    const { remote, driver } = await connectScripted();
    const walked = remote.walk('/a');
    const info = { size: 1, modTime: 0, isDir: false };
    driver.answer(await driver.next('walk'), {
      entries: [
        { path: '/a/a', ...info },
        { path, ...info },
      ],
      done: true,
    });
    await expect(walked).rejects.toMatchObject({ code: 'UNAVAILABLE', path: '/a' });
    expect((await remote.broken).message).toBe(sentence('walk', path, 'a path below it'));
  });

  it('takes children of the root', async () => {
    const { remote, driver } = await connectScripted();
    const listed = remote.list('/');
    driver.answer(await driver.next('list'), { entries: [{ path: '/b' }] });
    await expect(listed).resolves.toEqual({ entries: [{ path: '/b' }] });
  });
});

describe('turns of a driver with concurrency 1', () => {
  it('sends the calls of a writer one after the other with all others', async () => {
    const { remote, driver } = await connectScripted({ dataPlanes: ['inline'], answer: { concurrency: 1 } });
    const opening = remote.writer('/w');
    driver.answer(await driver.next('writer/open'), { writer: '1', size: 0 });
    const writer = await opening;
    const stat = remote.stat('/a');
    const asked = await driver.next('stat');
    const committed = writer.commit();
    expect(driver.received.map(({ method }) => method)).not.toContain('writer/commit');
    driver.answer(asked, { path: '/a', size: 1, modTime: 0, isDir: false });
    driver.answer(await driver.next('writer/commit'), { size: 0 });
    await Promise.all([stat, committed]);
  });
});

import type { Check, Outcome } from './check.js';
import { notTried, ok } from './check.js';
import { expect } from './examination.js';
import { isThere } from './is-there.js';
import type { Subject } from './subject.js';

const SMALL = Buffer.from('What outrigger driver doctor wrote; it may be deleted.\n');

/** Whether each single thing is allowed, and does what it says. */
export function checksOfRights(subject: Subject): Check[] {
  const small = subject.at('small');
  return [
    {
      id: 'list',
      what: 'list the root',
      needs: ['start'],
      run: async (signal) => {
        await subject.store.list('/', { limit: 1, signal });
        return ok();
      },
    },
    {
      id: 'write',
      what: 'write a small object',
      needs: ['start'],
      run: async (signal) => {
        await subject.store.put(small, SMALL, { signal });
        return ok();
      },
    },
    { id: 'read', what: 'read it back', needs: ['write'], run: (signal) => read(subject, small, signal) },
    { id: 'stat', what: 'ask for its size', needs: ['write'], run: (signal) => stat(subject, small, signal) },
  ];
}

/** What moves and removes; after everything that needs the objects. */
export function checksOfChanges(subject: Subject): Check[] {
  return [
    { id: 'copy', what: 'copy on the server', needs: ['write'], run: (signal) => copy(subject, signal) },
    { id: 'move', what: 'move an object', needs: ['write'], run: (signal) => move(subject, signal) },
    { id: 'delete', what: 'delete an object', needs: ['write'], run: (signal) => remove(subject, signal) },
  ];
}

async function read({ store }: Subject, path: string, signal: AbortSignal): Promise<Outcome> {
  const content = await store.get(path, { signal });
  expect(
    SMALL.equals(content),
    `other bytes came back: ${String(content.length)} of ${String(SMALL.length)}`,
  );
  return ok();
}

async function stat({ store }: Subject, path: string, signal: AbortSignal): Promise<Outcome> {
  const { size, isDir } = await store.stat(path, { signal });
  expect(!isDir && size === SMALL.length, `it says ${String(size)} bytes, not ${String(SMALL.length)}`);
  return ok();
}

async function copy(subject: Subject, signal: AbortSignal): Promise<Outcome> {
  const { store } = subject;
  if (store.capabilities.copy !== true) return notTried('the driver declares no copy on the server');
  const [source, destination] = [subject.at('copy-from'), subject.at('copy-to')];
  await store.put(source, SMALL, { signal });
  await store.copy?.(source, destination, { signal });
  expect(await isThere(store, source, signal), 'the source is gone');
  return read(subject, destination, signal);
}

async function move(subject: Subject, signal: AbortSignal): Promise<Outcome> {
  const { store } = subject;
  const [source, destination] = [subject.at('move-from'), subject.at('move-to')];
  await store.put(source, SMALL, { signal });
  await store.move(source, destination, { signal });
  expect(!(await isThere(store, source, signal)), 'the source is still there');
  return read(subject, destination, signal);
}

async function remove(subject: Subject, signal: AbortSignal): Promise<Outcome> {
  const { store } = subject;
  const path = subject.at('deleted');
  await store.put(path, SMALL, { signal });
  await store.delete(path, { signal });
  expect(!(await isThere(store, path, signal)), 'the object is still there');
  return ok();
}

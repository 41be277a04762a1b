import { deletions, pushes } from '../layout/paths.js';
import type { StoreCore } from '../store-core.js';
import { createWait, isUrgent, withMark } from './marks.js';

/*
 * A delete of a manifest reads what a tag names and then deletes the tag: another replica may set the tag in between, and
 * its client was told so. A tag has two files: one that is deleted while another replica sets it may be listed and name nothing. Within a
 * process locks keep pushes and deletes apart. Replicas take turns, in each repository: any number of pushes go on side by side, and so do
 * deletes, but no push beside a delete of another replica.
 *
 * Whoever pushes or deletes leaves a mark first, and then looks for the marks of the other kind: of two who come at once, one at least sees
 * the other. A delete waits for the end of the pushes that it finds. A push that finds a delete takes its own mark back until that has
 * ended, so that neither waits for the other; when it comes again it is urgent: deletes take their marks back for it, and it is
 * not passed over for ever.
 */

/**
 * Runs a push of a manifest beside no delete of another replica.
 *
 * @param push - may run again
 * @param isComplete - whether all that was pushed is still there, or was replaced by a later push
 * @throws StorageError UNAVAILABLE when a delete does not end in time
 */
export async function pushInTurn(
  store: StoreCore,
  name: string,
  push: () => Promise<void>,
  isComplete: () => Promise<boolean>,
): Promise<void> {
  const { presence } = store;
  if (presence.id === undefined) return push();
  if (!(await presence.findAlone())) return takeTurn(store, presence.id, name, push);
  const { epoch } = presence;
  await push();
  if ((await presence.findAlone()) && presence.epoch === epoch) return;
  // Who has come meanwhile may have deleted without a look at this push, which left no mark.
  await takeTurn(store, presence.id, name, async () => {
    if (!(await isComplete())) await push();
  });
}

/**
 * Runs a delete from a repository beside no push of another replica.
 *
 * @throws StorageError UNAVAILABLE when a push does not end in time
 */
export async function deleteInTurn<T>(store: StoreCore, name: string, act: () => Promise<T>): Promise<T> {
  const { presence } = store;
  const { id } = presence;
  if (id === undefined) return act();
  const wait = createWait(store, id);
  for (;;) {
    const done = await withMark(store, deletions(name), { id }, async () => {
      // Whoever comes behind the mark finds it.
      if (await presence.findAlone()) return { result: await act() };
      const pushing = await wait.until(pushes(name), (marks) => marks.length === 0 || marks.some(isUrgent));
      return pushing.length === 0 ? { result: await act() } : undefined;
    });
    if (done !== undefined) return done.result;
    await wait.until(pushes(name), (marks) => !marks.some(isUrgent));
  }
}

async function takeTurn(
  store: StoreCore,
  id: string,
  name: string,
  push: () => Promise<void>,
): Promise<void> {
  const wait = createWait(store, id);
  for (let urgent = false; ; urgent = true) {
    const deleting = await withMark(store, pushes(name), { id, urgent }, async () => {
      const found = await wait.until(deletions(name), (marks) => marks.length === 0 || !urgent);
      if (found.length === 0) await push();
      return found;
    });
    if (deleting.length === 0) return;
    await wait.until(deletions(name), (marks) => !marks.some((each) => deleting.includes(each)));
  }
}

import { baseName } from '@outrigger/driver';
import { changes } from '../layout/paths.js';
import type { StoreCore } from '../store-core.js';
import { newUploadId } from '../uploads/upload-id.js';
import { createWait, withMark } from './marks.js';

/*
 * A file that holds all of a repository loses what another replica writes between our reading and our writing it, so only one replica at
 * a time may change it. Whoever wants to leaves a mark, and looks: of two who come at once one at least sees the other, and nobody begins who
 * sees a mark. Marks are numbered by their time: who sees an earlier one takes its own back until that is gone, and comes again with the
 * same number, so that nobody is passed over for ever; who sees only later ones stays, and they make way. The order is only for fairness:
 * clocks that differ do no harm.
 */

/** How a change runs: whether another replica may have changed the repository since it was prepared. */
export type Turn = 'alone' | 'beside others';

/**
 * Runs a change of a repository while no other replica changes it. One that is alone leaves a mark as well: somebody may come while the
 * change is on its way, however long that takes.
 *
 * @throws StorageError UNAVAILABLE when the others do not come to an end in time
 */
export async function changeInTurn(
  core: StoreCore,
  name: string,
  change: (turn: Turn) => Promise<void>,
): Promise<void> {
  const { presence } = core;
  const turn = (await presence.findAlone()) ? 'alone' : 'beside others';
  const run = () => change(turn);
  // One that has no name there can leave no mark: nobody would know whether it lives.
  await (presence.id === undefined ? run() : takeTurn(core, presence.id, name, run));
}

async function takeTurn(
  core: StoreCore,
  id: string,
  name: string,
  change: () => Promise<void>,
): Promise<void> {
  const wait = createWait(core, id);
  const directory = changes(name);
  const number = newUploadId();
  const isEarlier = (mark: string) => numberOf(mark) < number;
  for (;;) {
    const earlier = await withMark(core, directory, { id, number }, async () => {
      const found = await wait.until(directory, (marks) => marks.length === 0 || marks.some(isEarlier));
      if (found.length === 0) await change();
      return found.filter(isEarlier);
    });
    if (earlier.length === 0) return;
    await wait.until(directory, (marks) => !marks.some((mark) => earlier.includes(mark)));
  }
}

function numberOf(mark: string): string {
  const [, number = ''] = baseName(mark).split('.', 2);
  return number;
}

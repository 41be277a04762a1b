import { createKeyedLock } from '@outrigger/driver';
import type { Session, Stats } from './session.js';

/**
 * SFTP tells times in whole seconds, and no inode: what replaces content gets a time behind that of what it replaces, so that the two
 * differ however fast they follow each other.
 */
export interface Times {
  /**
   * Runs `place`, which puts the file `from` to `to`, after it has a time of its own there. One at a time for each place.
   *
   * @param from - where the file lies until then
   */
  place(session: Session, from: string, to: string, place: () => Promise<void>): Promise<void>;
  /** Something was at the place that is gone, or is written over. */
  note(local: string, stats: Stats): void;
  /** The same for a file that was written where it lies. */
  settle(session: Session, local: string): Promise<void>;
}

const MAX_KNOWN = 4096;

/** Of a file, and of what is at the place where it goes. */
type Seconds = readonly [own: number, found: number];

export function createTimes(): Times {
  const lock = createKeyedLock();
  const known = new Map<string, number>();

  const remember = (local: string, seconds: number) => {
    const [oldest] = known.keys();
    if (known.size >= MAX_KNOWN && oldest !== undefined) known.delete(oldest);
    const latest = Math.max(seconds, known.get(local) ?? 0);
    known.delete(local);
    known.set(local, latest);
  };
  const move = async (session: Session, file: string, local: string, [own, found]: Seconds) => {
    const last = Math.max(found, known.get(local) ?? 0);
    if (own <= last) await session.setTime(file, last + 1);
    remember(local, own <= last ? last + 1 : own);
  };

  return {
    place: (session, from, to, place) =>
      lock.run(to, async () => {
        if (from !== to) {
          const found = session.lstat(to).then(secondsOf, () => 0);
          await move(session, from, to, await Promise.all([session.lstat(from).then(secondsOf), found]));
        }
        await place();
      }),
    note(local, stats) {
      remember(local, secondsOf(stats));
    },
    settle: (session, local) =>
      lock.run(local, async () => {
        if (known.has(local)) await move(session, local, local, [secondsOf(await session.lstat(local)), 0]);
      }),
  };
}

function secondsOf({ modTime }: Stats): number {
  return Math.floor(+modTime / 1000);
}

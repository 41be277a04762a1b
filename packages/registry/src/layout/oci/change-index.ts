import type { StoreCore } from '../../store-core.js';
import type { Turn } from '../../replicas/exclusive.js';
import { changeInTurn } from '../../replicas/exclusive.js';
import type { IndexDraft } from './index-draft.js';
import { createDraft } from './index-draft.js';
import type { IndexStore } from './index-store.js';

/** One change of an index.json. */
export interface IndexChange<T> {
  /** What throws changes nothing, and is thrown to who asked for the change. */
  readonly apply: (draft: IndexDraft) => T;
  /** Runs first where other replicas may have changed the repository since it was prepared, while none of them can. */
  readonly prepare?: (() => Promise<void>) | undefined;
  /** Runs when the change is in the store, before anybody else changes it. */
  readonly complete?: (() => Promise<void>) | undefined;
}

/** Changes the index.json of repositories. */
export interface IndexChanger {
  /** Resolves when the change is durable. */
  change<T>(name: string, change: IndexChange<T>): Promise<T>;
}

interface Waiting {
  readonly run: (draft: IndexDraft) => void;
  readonly change: IndexChange<unknown>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * In each repository one file is written at a time: changes that come while it is written are made together in the next one, however many
 * there are. Replicas take turns. The file is read right before each change, since another tool may have written it.
 */
export function createIndexChanger(core: StoreCore, store: IndexStore): IndexChanger {
  const queues = new Map<string, Waiting[]>();

  const drain = async (name: string, queue: Waiting[]): Promise<void> => {
    while (queue.length > 0) {
      let batch: Waiting[] = [];
      try {
        await changeInTurn(core, name, async (turn) => {
          // Also what came while the turn was waited for.
          batch = queue.splice(0);
          batch = await writeBatch(store, name, batch, turn);
        });
        for (const each of batch) each.resolve();
      } catch (error) {
        for (const each of batch.length > 0 ? batch : queue.splice(0)) each.reject(error);
      }
    }
    queues.delete(name);
  };

  return {
    change<T>(name: string, change: IndexChange<T>): Promise<T> {
      const { promise, resolve, reject } = Promise.withResolvers<T>();
      let result: { readonly value: T } | undefined;
      const waiting: Waiting = {
        run(draft) {
          result = { value: change.apply(draft) };
        },
        change,
        resolve() {
          if (result !== undefined) resolve(result.value);
        },
        reject,
      };
      const queue = queues.get(name);
      if (queue === undefined) {
        const first = [waiting];
        queues.set(name, first);
        void drain(name, first);
      } else queue.push(waiting);
      return promise;
    },
  };
}

/** @returns those of the batch that were not refused */
async function writeBatch(
  store: IndexStore,
  name: string,
  batch: readonly Waiting[],
  turn: Turn,
): Promise<Waiting[]> {
  const prepared =
    turn === 'alone' ? [...batch] : await keepWilling(batch, ({ change }) => change.prepare?.());
  const document = await store.readNow(name);
  const draft = createDraft(document);
  const done = await keepWilling(prepared, ({ run }) => {
    run(draft);
    return undefined;
  });
  const next = draft.finish();
  if (next !== document) await store.write(name, next);
  return keepWilling(done, ({ change }) => change.complete?.());
}

/** Does something for each, in order; who fails is told, and left out. */
async function keepWilling(
  batch: readonly Waiting[],
  act: (each: Waiting) => Promise<void> | undefined,
): Promise<Waiting[]> {
  const willing: Waiting[] = [];
  for (const each of batch) {
    try {
      await act(each);
      willing.push(each);
    } catch (error) {
      each.reject(error);
    }
  }
  return willing;
}

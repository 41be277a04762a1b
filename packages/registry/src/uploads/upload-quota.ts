import { RegistryError } from '../registry-error.js';
import type { UploadState } from './upload-token.js';

/** How many uploads each client has under way in this process. After a restart the count begins anew. */
export interface UploadQuota {
  /**
   * Begins an upload, which counts until it ends, or nobody has gone on with it for {@link IDLE_MS}.
   *
   * @param owner - a user, or an address
   * @throws RegistryError TOO_MANY_UPLOADS before anything is begun; and what `start` throws
   */
  begin(owner: string, start: () => Promise<UploadState>): Promise<UploadState>;
  /**
   * An upload of one request counts while it runs.
   *
   * @throws as {@link begin}
   */
  whole(owner: string, push: () => Promise<void>): Promise<void>;
  /** What is done about an upload keeps it from counting as left. One that was begun elsewhere does not count. */
  during<T>(id: string, act: () => Promise<T>): Promise<T>;
  /** It is a blob now, or was deleted. */
  end(id: string): void;
}

interface Place {
  readonly owner: string;
  /** Requests about it at the moment. */
  busy: number;
  lastUse: number;
}

/** Long enough for a client that prepares its next chunk, and short enough for one that crashed and comes back. */
const IDLE_MS = 15 * 60_000;

/**
 * @param limit - uploads of one owner
 * @param now - milliseconds, from any start
 */
export function createUploadQuota(limit: number, now: () => number = () => performance.now()): UploadQuota {
  const taken = new Map<string, Set<Place>>();
  const byId = new Map<string, Place>();
  let sweptAt = now();

  const free = (place: Place): void => {
    const places = taken.get(place.owner);
    if (places?.delete(place) === true && places.size === 0) taken.delete(place.owner);
  };
  const end = (id: string): void => {
    const place = byId.get(id);
    byId.delete(id);
    if (place !== undefined) free(place);
  };
  const sweep = (): void => {
    sweptAt = now();
    for (const [id, { busy, lastUse }] of byId) if (busy === 0 && sweptAt - lastUse >= IDLE_MS) end(id);
  };
  const take = (owner: string): Place => {
    const isFull = (): boolean => (taken.get(owner)?.size ?? 0) >= limit;
    if (isFull() || now() - sweptAt >= IDLE_MS) sweep();
    if (isFull()) throw tooMany(limit);
    const place: Place = { owner, busy: 1, lastUse: now() };
    const places = taken.get(owner) ?? new Set();
    taken.set(owner, places.add(place));
    return place;
  };
  const leave = (place: Place): void => {
    place.busy--;
    place.lastUse = now();
  };

  return {
    async begin(owner, start) {
      const place = take(owner);
      try {
        const state = await start();
        byId.set(state.id, place);
        return state;
      } catch (error) {
        free(place);
        throw error;
      } finally {
        leave(place);
      }
    },
    async whole(owner, push) {
      const place = take(owner);
      try {
        await push();
      } finally {
        free(place);
      }
    },
    async during(id, act) {
      const place = byId.get(id);
      if (place === undefined) return act();
      place.busy++;
      try {
        return await act();
      } finally {
        leave(place);
      }
    },
    end,
  };
}

function tooMany(limit: number): RegistryError {
  return new RegistryError('TOO_MANY_UPLOADS', `there are ${limit} uploads under way already`, { limit });
}

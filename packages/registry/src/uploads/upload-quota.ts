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
  /** Undefined until it has begun. */
  upload?: Upload;
}

type Upload = Pick<UploadState, 'name' | 'id'>;

interface Owner {
  readonly places: Set<Place>;
  /** When the store was asked last which of their uploads are there. */
  lookedAt: number;
}

/** Long enough for a client that prepares its next chunk, and short enough for one that crashed and comes back. */
const IDLE_MS = 15 * 60_000;
/** Whoever has too many is not to make the store work for each refusal. */
const LOOK_EVERY_MS = 1000;

export interface UploadQuotaOptions {
  /** Uploads of one owner. */
  readonly limit: number;
  /** Another replica may have ended an upload that was begun here. */
  readonly isThere: (upload: Upload) => Promise<boolean>;
  /** Milliseconds, from any start. */
  readonly now?: (() => number) | undefined;
}

export function createUploadQuota(options: UploadQuotaOptions): UploadQuota {
  const { limit, isThere, now = () => performance.now() } = options;
  const owners = new Map<string, Owner>();
  const byId = new Map<string, Place>();
  let sweptAt = now();

  const free = (place: Place): void => {
    const places = owners.get(place.owner)?.places;
    if (places?.delete(place) === true && places.size === 0) owners.delete(place.owner);
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
  const look = async (owner: Owner): Promise<void> => {
    if (now() - owner.lookedAt < LOOK_EVERY_MS) return;
    owner.lookedAt = now();
    const uploads = [...owner.places].flatMap(({ busy, upload }) => (busy === 0 && upload ? [upload] : []));
    const looks = uploads.map(async (upload) => {
      if (!(await isThere(upload)) && byId.get(upload.id)?.busy === 0) end(upload.id);
    });
    await Promise.all(looks);
  };
  const isFull = (owner: string): boolean => (owners.get(owner)?.places.size ?? 0) >= limit;
  const take = async (owner: string): Promise<Place> => {
    if (isFull(owner) || now() - sweptAt >= IDLE_MS) sweep();
    const crowded = isFull(owner) ? owners.get(owner) : undefined;
    if (crowded !== undefined) await look(crowded);
    if (isFull(owner)) throw tooMany(limit);
    const place: Place = { owner, busy: 1, lastUse: now() };
    const has = owners.get(owner) ?? { places: new Set(), lookedAt: -Infinity };
    has.places.add(place);
    owners.set(owner, has);
    return place;
  };
  const leave = (place: Place): void => {
    place.busy--;
    place.lastUse = now();
  };

  return {
    async begin(owner, start) {
      const place = await take(owner);
      try {
        const state = await start();
        place.upload = state;
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
      const place = await take(owner);
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

import { GIB, KIB, MIB } from '../../../harness/scale.js';

/** Larger ones are kept as their size alone, and read as zeros. */
export const KEPT_BYTES = 64 * KIB;

/** Of Amazon S3 (userguide/qfacts.html); a page is one of a listing. */
const LIMITS = { single: 5 * GIB, smallestPart: 5 * MIB, parts: 10_000, page: 1000 } as const;

export interface Stored {
  readonly size: number;
  /** Undefined: nothing but zeros. */
  readonly bytes: Buffer | undefined;
  readonly etag: string;
  readonly modified: Date;
}

export interface Multipart {
  readonly key: string;
  readonly parts: Map<number, Stored>;
}

/** What the server answers with a status that is no success. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string) {
    super(code);
    this.status = status;
    this.code = code;
  }
}

/** The objects and the unfinished uploads of one bucket, with the limits of the real S3. */
export class SparseStore {
  readonly objects = new Map<string, Stored>();
  readonly multiparts = new Map<string, Multipart>();
  #count = 0;

  find(key: string): Stored {
    const found = this.objects.get(key);
    if (found === undefined) throw new Refusal(404, 'NoSuchKey');
    return found;
  }

  put(key: string, size: number, bytes?: Buffer): Stored {
    if (size > LIMITS.single) throw new Refusal(400, 'EntityTooLarge');
    return this.#keep(key, { size, bytes });
  }

  /** An object as nobody can put it, of any size. */
  seed(key: string, size: number): void {
    this.#keep(key, { size, bytes: undefined });
  }

  copy(source: string, key: string): Stored {
    const { size, bytes } = this.find(source);
    if (size > LIMITS.single) throw new Refusal(400, 'InvalidRequest');
    return this.#keep(key, { size, bytes });
  }

  begin(key: string): string {
    const id = `upload-${++this.#count}`;
    this.multiparts.set(id, { key, parts: new Map() });
    return id;
  }

  putPart(id: string, number: number, size: number, bytes?: Buffer): Stored {
    if (number < 1 || number > LIMITS.parts) throw new Refusal(400, 'InvalidArgument');
    if (size > LIMITS.single) throw new Refusal(400, 'EntityTooLarge');
    const part = this.#stamp({ size, bytes });
    this.#multipart(id).parts.set(number, part);
    return part;
  }

  /** @param wanted - the numbers and tags of the parts, in their order */
  complete(id: string, wanted: readonly { number: number; etag: string }[]): Stored {
    const { key, parts } = this.#multipart(id);
    const chosen = wanted.map(({ number, etag }) => {
      const part = parts.get(number);
      if (part?.etag !== etag) throw new Refusal(400, 'InvalidPart');
      return part;
    });
    if (chosen.length === 0) throw new Refusal(400, 'MalformedXML');
    if (wanted.some(({ number }, at) => number <= (wanted[at - 1]?.number ?? 0)))
      throw new Refusal(400, 'InvalidPartOrder');
    if (chosen.slice(0, -1).some(({ size }) => size < LIMITS.smallestPart))
      throw new Refusal(400, 'EntityTooSmall');
    this.multiparts.delete(id);
    const size = chosen.reduce((sum, part) => sum + part.size, 0);
    const kept = chosen.map(({ bytes }) => bytes).filter((bytes) => bytes !== undefined);
    return this.#keep(key, { size, bytes: kept.length === chosen.length ? Buffer.concat(kept) : undefined });
  }

  abort(id: string): void {
    if (!this.multiparts.delete(id)) throw new Refusal(404, 'NoSuchUpload');
  }

  /** Objects, and with a delimiter what they have in common, after a key, in the order of bytes. */
  list(
    prefix: string,
    { after, delimiter, limit }: { after: string; delimiter: string; limit: number },
  ): Listing {
    const found = new Map<string, Stored | undefined>();
    for (const [key, object] of this.objects) {
      if (!key.startsWith(prefix)) continue;
      const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
      const [name, value] = end === -1 ? [key, object] : [key.slice(0, end + delimiter.length), undefined];
      if (Buffer.compare(Buffer.from(name), Buffer.from(after)) > 0) found.set(name, value);
    }
    const sorted = [...found].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    const entries = sorted.slice(0, Math.min(limit, LIMITS.page));
    return { entries, isCut: entries.length < sorted.length };
  }

  #multipart(id: string): Multipart {
    const found = this.multiparts.get(id);
    if (found === undefined) throw new Refusal(404, 'NoSuchUpload');
    return found;
  }

  #keep(key: string, content: Pick<Stored, 'size' | 'bytes'>): Stored {
    const object = this.#stamp(content);
    this.objects.set(key, object);
    return object;
  }

  #stamp(content: Pick<Stored, 'size' | 'bytes'>): Stored {
    return { ...content, etag: `"${++this.#count}"`, modified: new Date() };
  }
}

export interface Listing {
  /** Undefined: what some keys have in common. */
  readonly entries: readonly (readonly [string, Stored | undefined])[];
  readonly isCut: boolean;
}

export const MIB = 1024 * 1024;

/** What is pushed and pulled: so many blobs of one size, all of them at once. */
export interface Load {
  /** As given to `--sizes`. */
  readonly name: string;
  readonly bytes: number;
  readonly count: number;
  readonly rounds: number;
}

/** The sizes that the ORAS project compared s3fs and the native client by, up to 1 GiB. */
export const MATRIX: readonly Load[] = [
  load('8', 8, 1),
  load('64', 64, 1),
  load('256', 256, 1),
  load('1024', 1024, 1),
  load('16x8', 16, 8),
  load('64x8', 64, 8),
];

function load(name: string, mib: number, count: number): Load {
  return { name, bytes: mib * MIB, count, rounds: mib * count <= 128 ? 5 : mib * count <= 256 ? 3 : 1 };
}

export function titleOf({ bytes, count }: Load): string {
  return `${bytes / MIB} MiB${count === 1 ? '' : ` x ${count}`}`;
}

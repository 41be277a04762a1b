const MIB = 1024 * 1024;

/** How much each step does. */
export interface Scale {
  readonly largeBytes: number;
  readonly parallelBytes: number;
  readonly rounds: number;
  readonly requestSeconds: number;
  readonly warmUpSeconds: number;
  /** Objects of each kind in the store that is larger than the caches. */
  readonly distinct: number;
  readonly images: number;
  readonly tags: number;
  readonly lists: number;
}

export const FULL: Scale = {
  largeBytes: 256 * MIB,
  parallelBytes: 64 * MIB,
  rounds: 3,
  requestSeconds: 3,
  warmUpSeconds: 2,
  distinct: 20_000,
  images: 64,
  tags: 1000,
  lists: 50,
};

/** Enough to see that everything works; its figures mean little. */
export const QUICK: Scale = {
  largeBytes: 32 * MIB,
  parallelBytes: 4 * MIB,
  rounds: 1,
  requestSeconds: 0.5,
  warmUpSeconds: 0.2,
  distinct: 1000,
  images: 16,
  tags: 100,
  lists: 10,
};

export const LANES = 32;
export const PARALLEL_PULLS = 16;
export const PATCHES = 16;
export const IMAGE_CLIENTS = 8;
export const LAYERS_OF_IMAGE = 5;
export const LAYER_BYTES = MIB;
export const SMALL_BLOB = 4096;

export function mib(bytes: number): number {
  return bytes / MIB;
}

/** What was done, or would be. `kept` was there already. */
export interface TransferCounts {
  repositories: number;
  readonly manifests: { copied: number; kept: number };
  /** `linked`: the content was there, of another repository. */
  readonly blobs: { copied: number; linked: number; kept: number };
  /** Of the blobs that were copied. */
  bytes: number;
  readonly tags: { set: number; kept: number };
}

export function zeroCounts(): TransferCounts {
  return {
    repositories: 0,
    manifests: { copied: 0, kept: 0 },
    blobs: { copied: 0, linked: 0, kept: 0 },
    bytes: 0,
    tags: { set: 0, kept: 0 },
  };
}

/** Whether everything was there already. */
export function isUnchanged({ manifests, blobs, tags }: TransferCounts): boolean {
  return manifests.copied + blobs.copied + blobs.linked + tags.set === 0;
}

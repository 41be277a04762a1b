/** What becomes of a tag or an untagged manifest, and why. */
export interface Decision {
  readonly repository: string;
  /** Undefined for a manifest. */
  readonly tag?: string | undefined;
  /** What the tag names, or the manifest itself. */
  readonly digest: string;
  readonly keeps: boolean;
  /** The rule that keeps it, or why it goes. */
  readonly reason: string;
  /** Of a tag: milliseconds since 1970; undefined when it is not known. */
  readonly pushed?: number | undefined;
}

/** One line: `keep team/app:1.4.2 policies[1] "team/**" ...`. */
export function formatDecision({ repository, tag, digest, keeps, reason }: Decision): string {
  const what = tag === undefined ? `${repository}@${digest}` : `${repository}:${tag}`;
  return `${keeps ? 'keep' : 'delete'} ${what} ${reason}`;
}

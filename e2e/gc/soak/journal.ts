/** What the clients of a soak have seen. */
export interface Journal {
  /** Promises that were broken, each in a sentence. */
  readonly failures: string[];
  /** Answers that are right only because the client took longer than the grace period. */
  late: number;
  busy: number;
  /** Requests that met a host that was killed. */
  gone: number;
  images: number;
  pulls: number;
  blobsPushed: number;
  blobsFound: number;
  mounts: number;
  referrers: number;
  indexes: number;
  deletes: number;
}

export function createJournal(): Journal {
  return {
    failures: [],
    late: 0,
    busy: 0,
    gone: 0,
    images: 0,
    pulls: 0,
    blobsPushed: 0,
    blobsFound: 0,
    mounts: 0,
    referrers: 0,
    indexes: 0,
    deletes: 0,
  };
}

/** A promise holds until so long after the request that got it was sent: the registry gave it later than that. */
export interface Promised {
  readonly until: number;
}

export function promised(sentAt: number, graceMs: number): Promised {
  return { until: sentAt + graceMs };
}

/** Notes a broken promise, unless it had run out. */
export function broken(journal: Journal, { until }: Promised, what: string): void {
  if (performance.now() < until) journal.failures.push(what);
  else journal.late++;
}

import type { CollectListener, Collected, Removal } from '@outrigger/registry';
import { formatBytes } from '../format-bytes.js';
import { createBar } from '../progress-bar.js';

export interface ReportOptions {
  readonly dryRun: boolean;
  readonly quiet: boolean;
}

/** What the command says: lines as Distribution prints them, a bar where somebody looks at it, and a summary. */
export interface Report {
  readonly listener: CollectListener;
  /** Whether it has come to the deletes. */
  isDeleting(): boolean;
  /** Takes the bar away. */
  end(): void;
  summary(collected: Collected, seconds: number): void;
}

export function createReport({ dryRun, quiet }: ReportOptions): Report {
  const bar = createBar(!quiet && process.stderr.isTTY);
  const say = (line: string) => {
    if (quiet) return;
    bar.clear();
    process.stdout.write(`${line}\n`);
  };
  let isSurveyed = false;
  let total = 0;
  let gone = 0;
  return {
    listener: {
      repository: say,
      manifest: (name, digest) => {
        say(`${name}: marking manifest ${digest} `);
      },
      blob: (name, digest) => {
        say(`${name}: marking blob ${digest}`);
      },
      progress: (phase, done, all) => {
        bar.draw(`looking at ${phase}`, done, all);
      },
      surveyed: ({ marked, blobs, manifests, links }) => {
        isSurveyed = true;
        total =
          blobs.size + manifests.length + [...links.values()].reduce((sum, { length }) => sum + length, 0);
        say(
          `\n${String(marked)} blobs marked, ${String(blobs.size)} blobs and ${String(manifests.length)} manifests eligible for deletion`,
        );
      },
      removing: (what) => {
        say(describe(what, dryRun));
        bar.draw(dryRun ? 'would delete' : 'deleting', ++gone, total);
      },
    },
    isDeleting: () => isSurveyed && !dryRun,
    end: () => {
      bar.clear();
    },
    summary(collected, seconds) {
      if (quiet) return;
      process.stdout.write(`${summarize(collected, dryRun)} in ${seconds.toFixed(1)} s\n`);
    },
  };
}

function describe(what: Removal, dryRun: boolean): string {
  switch (what.kind) {
    case 'manifest':
      return `manifest eligible for deletion: ${what.name}@${what.digest}`;
    case 'blob':
      return `blob eligible for deletion: ${what.name === undefined ? '' : `${what.name}@`}${what.digest}${dryRun ? ` (${formatBytes(what.size)})` : ''}`;
    case 'link':
      return `${what.name}: layer link eligible for deletion: ${what.digest}`;
    case 'referrer':
      return `entry of a referrers index eligible for deletion: ${what.path}`;
  }
}

function summarize({ blobs, bytes, manifests, links }: Collected, dryRun: boolean): string {
  const what = `${String(blobs)} blobs (${formatBytes(bytes)}), ${String(manifests)} manifests and ${String(links)} layer links`;
  return dryRun ? `dry run: would delete ${what}; looked` : `deleted ${what}`;
}

import type {
  Extra,
  TransferCounts,
  TransferFailure,
  TransferListener,
  Transferred,
} from '@outrigger/registry';
import { isUnchanged } from '@outrigger/registry';
import { formatBytes } from '../format-bytes.js';
import { createBar } from '../progress-bar.js';

export interface ReportFlags {
  readonly dryRun: boolean;
  readonly quiet: boolean;
  readonly json: boolean;
}

/** What a command that copies says: a line for each repository, a bar where somebody looks at it, and a summary. */
export interface TransferReport {
  readonly listener: TransferListener;
  /** Whether a bar is drawn, which wants to know how many repositories there are. */
  readonly hasBar: boolean;
  expect(repositories: number): void;
  readonly onExtra: (extra: Extra) => void;
  /** Takes the bar away. */
  end(): void;
  summary(transferred: Transferred): void;
}

/** @param compares - whether what is extra was looked for, so that the two can be said to be even */
export function createTransferReport(flags: ReportFlags, compares = false): TransferReport {
  const { dryRun, quiet, json } = flags;
  const bar = createBar(!quiet && process.stderr.isTTY);
  const isTold = !quiet && !json;
  const start = performance.now();
  const failures: TransferFailure[] = [];
  const extras: Extra[] = [];
  let expected: number | undefined;
  const print = (stream: NodeJS.WriteStream, line: string) => {
    bar.clear();
    stream.write(`${line}\n`);
  };
  return {
    listener: {
      progress(counts) {
        const { blobs, bytes, repositories } = counts;
        const what = `${dryRun ? 'would copy' : 'copied'} ${String(blobs.copied)} blobs (${formatBytes(bytes)}), repository`;
        bar.draw(what, repositories, expected);
      },
      repository(name, counts) {
        if (isTold) print(process.stdout, `${name}: ${describe(counts, dryRun)}`);
      },
      failure(failure) {
        failures.push(failure);
        const { repository, reference, reason } = failure;
        print(process.stderr, `not copied: ${[repository, reference].filter(Boolean).join(' ')}: ${reason}`);
      },
    },
    hasBar: !quiet && process.stderr.isTTY,
    expect(repositories) {
      expected = repositories;
    },
    onExtra(extra) {
      extras.push(extra);
      if (isTold)
        print(process.stdout, `extra: ${[extra.repository, extra.reference].filter(Boolean).join(' ')}`);
    },
    end: () => {
      bar.clear();
    },
    summary({ counts }) {
      const seconds = (performance.now() - start) / 1000;
      const isEven = failures.length === 0 && extras.length === 0 && isUnchanged(counts);
      if (json) {
        const even = compares ? { extras, even: isEven } : {};
        process.stdout.write(`${JSON.stringify({ dryRun, seconds, counts, failures, ...even })}\n`);
      } else if (!quiet) {
        const even = compares ? `; ${evenness(isEven, extras.length)}` : '';
        const repositories = `${String(counts.repositories)} repositories`;
        process.stdout.write(
          `${repositories}: ${describe(counts, dryRun)} in ${seconds.toFixed(1)} s${even}\n`,
        );
      }
    },
  };
}

function describe(counts: TransferCounts, dryRun: boolean): string {
  const { manifests, blobs, bytes, tags } = counts;
  if (isUnchanged(counts))
    return `nothing to copy, ${String(manifests.kept)} manifests and ${String(tags.kept)} tags are there`;
  const linked = blobs.linked === 0 ? '' : ` and ${String(blobs.linked)} linked`;
  const parts = [
    `${String(blobs.copied)} blobs (${formatBytes(bytes)})${linked}`,
    `${String(manifests.copied)} manifests`,
    `${String(tags.set)} tags`,
  ];
  return `${dryRun ? 'would copy ' : 'copied '}${parts.join(', ')}`;
}

function evenness(isEven: boolean, extras: number): string {
  if (isEven) return 'even';
  return extras === 0 ? 'not even: run it again' : `not even: ${String(extras)} extra`;
}

import type { Check, CheckResult, Outcome } from './check.js';
import { Finding } from './check.js';

export interface ExaminationOptions {
  /** Aborted when somebody wants an end: the check under way fails, and the others are not tried. */
  readonly signal: AbortSignal;
  readonly onResult: (result: CheckResult) => void;
}

/** An error in words for a person, and what to do. */
export interface Explanation {
  readonly detail: string;
  readonly advice?: string | undefined;
}

/** Turns what a check threw into words without a secret. */
export type Explain = (id: string, error: unknown) => Explanation;

/** The longest that one check may take: part after part over a slow line. */
const CHECK_MS = 300_000;

/** Runs checks one after the other, and knows how each has ended. */
export class Examination {
  readonly #options: ExaminationOptions;
  readonly #results: CheckResult[] = [];
  /** Replaced as soon as the driver is known, whose secrets have to be hidden. */
  explain: Explain;

  constructor(options: ExaminationOptions, explain: Explain) {
    this.#options = options;
    this.explain = explain;
  }

  get results(): readonly CheckResult[] {
    return this.#results;
  }

  /** Whether a check ended well, with or without a word of warning. */
  passed(id: string): boolean {
    const status = this.#results.find((result) => result.id === id)?.status;
    return status === 'ok' || status === 'warning';
  }

  /** The check that failed first, behind all that could not be tried for it. */
  whyNot(missing: string): string {
    const { status, what = missing, detail } = this.#results.find(({ id }) => id === missing) ?? {};
    if (status === 'failed') return `"${what}" failed`;
    return detail ?? `"${what}" was not tried`;
  }

  async runAll(checks: readonly Check[]): Promise<void> {
    for (const check of checks) await this.run(check);
  }

  async run(check: Check): Promise<void> {
    const { signal } = this.#options;
    const missing = check.needs?.find((id) => !this.passed(id));
    if (signal.aborted) this.#add(check, { status: 'not tried', detail: 'interrupted' });
    else if (missing !== undefined) this.#add(check, { status: 'not tried', detail: this.whyNot(missing) });
    else await this.#try(check, AbortSignal.any([signal, AbortSignal.timeout(CHECK_MS)]));
  }

  /** As {@link run}, also after somebody wanted an end. */
  async runAnyway(check: Check, timeoutMs: number): Promise<void> {
    await this.#try(check, AbortSignal.timeout(timeoutMs));
  }

  async #try(check: Check, signal: AbortSignal): Promise<void> {
    try {
      this.#add(check, await check.run(signal));
    } catch (error) {
      const isInterrupted = signal.aborted && this.#options.signal.aborted;
      const isLate = signal.aborted && !isInterrupted;
      const { detail, advice } = isLate
        ? { detail: `no end within ${String(CHECK_MS / 1000)} s`, advice: undefined }
        : this.explain(check.id, error);
      if (isInterrupted) this.#add(check, { status: 'not tried', detail: 'interrupted' });
      else this.#add(check, { status: 'failed', detail, advice });
    }
  }

  #add({ id, what }: Check, outcome: Pick<CheckResult, 'status' | 'advice'> & Pick<Outcome, 'detail'>): void {
    const result = { id, what, ...outcome };
    this.#results.push(result);
    this.#options.onResult(result);
  }
}

/** @throws Finding */
export function expect(condition: boolean, otherwise: string): asserts condition {
  if (!condition) throw new Finding(otherwise);
}

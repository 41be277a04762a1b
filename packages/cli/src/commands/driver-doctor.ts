import { constants } from 'node:os';
import { examine } from '../doctor/examine.js';
import { closingLine, reportLine, summarize } from '../doctor/report.js';
import { readSource } from '../doctor/source.js';
import { EXIT } from '../exit-codes.js';

/**
 * Tries a storage driver with its parameters, and says in plain words what is missing. The exit status says whether anything failed.
 *
 * @throws what reading the parameters throws
 */
export async function runDriverDoctor(
  driver: string,
  given: string | undefined,
  { json }: { readonly json: boolean },
): Promise<void> {
  const source = await readSource(driver, given, process.env);
  const interrupt = untilSignal();
  const print = (text: string) => void process.stdout.write(text);
  const results = await examine({
    driver,
    ...source,
    signal: interrupt.signal,
    onResult: (result) => {
      if (!json) print(reportLine(result));
    },
  });
  const summary = summarize(results);
  const document = { driver, summary, checks: results };
  print(json ? `${JSON.stringify(document, undefined, 2)}\n` : `\n${closingLine(results)}`);
  process.exitCode = interrupt.status() ?? (summary.failed > 0 ? EXIT.failed : EXIT.ok);
}

/** Ctrl-C ends the examination, which then tidies up; a second one ends the process. */
function untilSignal(): { readonly signal: AbortSignal; readonly status: () => number | undefined } {
  const controller = new AbortController();
  let status: number | undefined;
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => {
      status = 128 + constants.signals[name];
      controller.abort();
    });
  }
  return { signal: controller.signal, status: () => status };
}

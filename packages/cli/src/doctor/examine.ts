import { randomUUID } from 'node:crypto';
import { checkCleanUp } from './check-clean-up.js';
import { checkClock } from './check-clock.js';
import type { Check, CheckResult } from './check.js';
import { checksOfConsistency } from './checks-of-consistency.js';
import { askedEnvironment, checksOfProgram } from './checks-of-program.js';
import { checksOfRedirects } from './checks-of-redirects.js';
import { checksOfChanges, checksOfRights } from './checks-of-rights.js';
import { checksOfUploads } from './checks-of-uploads.js';
import type { ExaminationOptions } from './examination.js';
import { Examination } from './examination.js';
import { createExplain } from './explain.js';
import type { SubjectOptions } from './subject.js';
import { Subject } from './subject.js';

export interface ExamineOptions extends Omit<SubjectOptions, 'directory'>, ExaminationOptions {}

/** Skipped by the walks of registries, as everything that starts with `_outrigger`. */
const PREFIX = '/_outrigger-doctor-';
const CLEAN_UP_MS = 60_000;

/**
 * Tries a driver with its parameters, from its executable to its signed URLs. What it writes lies below one directory, which is gone
 * in the end, also when something failed or somebody wanted an end.
 */
export async function examine(options: ExamineOptions): Promise<readonly CheckResult[]> {
  const subject = new Subject({ ...options, directory: `${PREFIX}${randomUUID()}` });
  const examination = new Examination(options, explainFor(subject));
  try {
    for (const check of checksOfProgram(subject)) {
      await examination.run(check);
      examination.explain = explainFor(subject);
    }
    await examination.runAll(checksOfStore(subject, examination));
  } finally {
    if (subject.isStarted) await examination.runAnyway(checkCleanUp(subject), CLEAN_UP_MS);
    await subject.close();
  }
  return examination.results;
}

function checksOfStore(subject: Subject, examination: Examination): Check[] {
  return [
    ...checksOfRights(subject),
    checkClock(subject, examination),
    ...checksOfUploads(subject),
    ...checksOfChanges(subject),
    ...checksOfConsistency(subject),
    ...checksOfRedirects(subject),
  ];
}

function explainFor(subject: Subject) {
  const { name, parameters, schema } = subject;
  return createExplain({ driver: name, parameters, schema, environment: askedEnvironment(subject) });
}

import { createJsonReporter } from './json.js';
import { createJunitReporter } from './junit.js';
import type { Reporter } from './reporter.js';
import { createSpecReporter } from './spec.js';
import { createTapReporter } from './tap.js';

export const REPORTER_NAMES = ['spec', 'tap', 'junit', 'json'] as const;

export type ReporterName = (typeof REPORTER_NAMES)[number];

export function createReporter(name: ReporterName): Reporter {
  switch (name) {
    case 'spec':
      return createSpecReporter();
    case 'tap':
      return createTapReporter();
    case 'junit':
      return createJunitReporter();
    case 'json':
      return createJsonReporter();
  }
}

import { anything, choice, flag } from '../leaves.js';
import { map, optional, preset, section } from '../containers.js';
import type { z } from 'zod';

export type LogLevel = 'error' | 'warn' | 'info' | 'debug' | 'trace';

export interface LogConfig {
  readonly level: LogLevel;
  readonly formatter: 'text' | 'json' | 'logstash';
  /** Added to every line. */
  readonly fields: Readonly<Record<string, unknown>>;
  readonly accessLog: boolean;
}

/** Distribution 3 has the first of each; version 2 took what its log library takes. */
export const logLevel = choice(['error', 'warn', 'info', 'debug', 'warning', 'fatal', 'panic', 'trace']);

export const logSection = section({
  accesslog: section({ disabled: preset(flag, false) }),
  level: preset(logLevel, 'info'),
  formatter: preset(choice(['text', 'json', 'logstash']), 'text'),
  fields: optional(map(anything)),
  hooks: optional(anything),
  reportcaller: optional(flag),
});

export function toLog(log: z.output<typeof logSection>): LogConfig {
  return {
    level: toLevel(log.level),
    formatter: log.formatter,
    fields: log.fields ?? {},
    accessLog: !log.accesslog.disabled,
  };
}

function toLevel(level: string): LogLevel {
  switch (level) {
    case 'panic':
    case 'fatal':
    case 'error':
      return 'error';
    case 'warning':
    case 'warn':
      return 'warn';
    case 'debug':
    case 'trace':
      return level;
    default:
      return 'info';
  }
}

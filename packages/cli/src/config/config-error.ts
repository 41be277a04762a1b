/** One thing that is wrong with a configuration. Never holds a value: it may be a secret. */
export interface ConfigIssue {
  /** Dotted, e.g. `http.addr`; empty for the whole. */
  readonly key: string;
  /** Where it was said: `config.yml:12` or the name of an environment variable. */
  readonly where: string;
  readonly message: string;
}

/** The configuration cannot be used. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly issues: readonly ConfigIssue[];

  constructor(issues: readonly ConfigIssue[]) {
    super(issues.map(formatIssue).join('\n'));
    this.issues = issues;
  }
}

/** `config.yml:12: http.addr: must be a string` */
export function formatIssue({ key, where, message }: ConfigIssue): string {
  return [where, key, message].filter((part) => part !== '').join(': ');
}

import type { Capabilities } from './capabilities.js';
import type { StorageDriver } from './storage-driver.js';

/** A driver's parameters as a configuration gives them: keys of lowercase letters and digits, scalars in any spelling. */
export type Parameters = Readonly<Record<string, unknown>>;

/** A JSON Schema of the parameter map. A property may be flagged `"x-secret": true` or `"x-path": true`. */
export type ParameterSchema = Readonly<Record<string, unknown>>;

/** What a driver package exports: enough to describe the driver without running it, and to create one. */
export interface DriverFactory {
  /** As in the configuration and in `registry-storage-<name>`. */
  readonly name: string;
  readonly version: string;
  readonly parameters: ParameterSchema;
  /** Environment variables that the driver wants to see; a `*` at the end stands for any rest. */
  readonly environment: readonly string[];
  /** What a driver of this factory can do at the most; an instance says what it does. */
  readonly capabilities: Capabilities;
  /** Calls that the driver serves at a time. Default: as many as come. */
  readonly concurrency?: number;

  /**
   * Checks the parameters, then makes a driver that is ready to serve.
   *
   * @throws InvalidParametersError when the parameters are not of the schema, or do not fit each other
   */
  create(parameters: Parameters): Promise<StorageDriver>;
}

/** One thing that is wrong with a parameter map. */
export interface ParameterIssue {
  /** The key, nested ones joined by dots; empty when the map as a whole is wrong. */
  readonly key: string;
  readonly message: string;
}

/** The parameters of a driver are wrong. The message names every key and never a value. */
export class InvalidParametersError extends Error {
  override readonly name = 'InvalidParametersError';
  readonly driver: string;
  readonly issues: readonly ParameterIssue[];

  constructor(driver: string, issues: readonly ParameterIssue[]) {
    const lines = issues.map(({ key, message }) => (key === '' ? message : `${key}: ${message}`));
    super(`invalid parameters for storage driver ${driver}: ${lines.join('; ')}`);
    this.driver = driver;
    this.issues = issues;
  }
}

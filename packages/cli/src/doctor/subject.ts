import type { Parameters, StorageDriver } from '@outrigger/driver';
import type { DriverHostOptions, DriverInfo, SupervisedDriver } from '@outrigger/host';
import { openDriver } from '@outrigger/host';

/** What is examined, and with what. */
export interface SubjectOptions {
  /** A name, or with a slash the path of an executable. */
  readonly driver: string;
  readonly parameters: Parameters;
  readonly host: DriverHostOptions;
  /** False: the configuration sends no client to the store. */
  readonly redirects: boolean;
  /** Everything that is written lies below it. */
  readonly directory: string;
}

/** A driver under examination: what is known of it so far, and its processes. */
export class Subject implements SubjectOptions {
  readonly driver: string;
  readonly parameters: Parameters;
  readonly host: DriverHostOptions;
  readonly redirects: boolean;
  readonly directory: string;
  /** Set by the check that finds it. */
  info: DriverInfo | undefined;
  /** A second process does not see what the first has written; set by the check that finds out. */
  isEphemeral = false;
  #first: SupervisedDriver | undefined;
  #second: SupervisedDriver | undefined;

  constructor({ driver, parameters, host, redirects, directory }: SubjectOptions) {
    this.driver = driver;
    this.parameters = parameters;
    this.host = host;
    this.redirects = redirects;
    this.directory = directory;
  }

  get schema(): Readonly<Record<string, unknown>> | undefined {
    return this.info?.description?.parameters;
  }

  /** The driver's own name, which is not that of an alias of its program. */
  get name(): string {
    return this.info?.description?.name ?? this.info?.name ?? this.driver;
  }

  get isStarted(): boolean {
    return this.#first !== undefined;
  }

  /** The first process. */
  get store(): SupervisedDriver {
    if (this.#first === undefined) throw new Error('the driver was not started');
    return this.#first;
  }

  /** Who else is on the store: a second process, or the first where there is no other view of it. */
  async witness(): Promise<StorageDriver> {
    return this.isEphemeral ? this.store : this.second();
  }

  async start(): Promise<SupervisedDriver> {
    this.#first = await this.#open();
    return this.#first;
  }

  /** The second process, started when it is first asked for. */
  async second(): Promise<SupervisedDriver> {
    this.#second ??= await this.#open();
    return this.#second;
  }

  /** Where a check puts its object. */
  at(name: string): string {
    return `${this.directory}/${name}`;
  }

  async close(): Promise<void> {
    await this.#second?.close();
    await this.#first?.close();
  }

  #open(): Promise<SupervisedDriver> {
    return openDriver({ ...this.host, driver: this.driver, parameters: this.parameters });
  }
}

/** Other processes of the registry, for which this one speaks. */
export interface ObservedOthers {
  /** The numbers of all of them, and of this one, which are given, in Prometheus' text form. */
  metrics(own: string): Promise<string>;
  /** Why clients should not come, by the name of what is wrong. */
  obstacles(): Readonly<Record<string, string>>;
}

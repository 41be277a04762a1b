import type { RegistryEvent } from '../events/registry-event.js';

/** Where events are sent, as Distribution's configuration has it (`notifications.endpoints`). */
export interface EndpointSettings {
  /** For logs and metrics; and where its events lie in the store. Unique. */
  readonly name: string;
  /** http or https. It may hold secrets, as the headers may: neither is ever shown. */
  readonly url: string;
  /** Added to every request. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
  /** For one request with its answer. */
  readonly timeoutMs: number;
  /** After so many failures in a row, `backoffMs` lie before each attempt. */
  readonly threshold: number;
  readonly backoffMs: number;
  readonly ignoredMediaTypes: readonly string[];
  /** Of pull, push, mount and delete. */
  readonly ignoredActions: readonly string[];
}

export function isIgnored(settings: EndpointSettings, { action, target }: RegistryEvent): boolean {
  const { ignoredMediaTypes, ignoredActions } = settings;
  // What is deleted has no media type.
  return ignoredActions.includes(action) || ignoredMediaTypes.includes(target.mediaType ?? '');
}

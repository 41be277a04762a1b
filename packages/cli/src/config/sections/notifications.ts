import type { z } from 'zod';
import { list, map, optional, preset, required, section } from '../containers.js';
import { duration, flag, integer, secretTexts, text, texts } from '../leaves.js';
import { isOrigin } from '../origin.js';

export interface NotificationsConfig {
  /** Events of a manifest list what it refers to. */
  readonly includeReferences: boolean;
  /** Those that are disabled too. */
  readonly endpoints: readonly EndpointConfig[];
}

export interface EndpointConfig {
  readonly name: string;
  readonly disabled: boolean;
  readonly url: string;
  /** Sent with every event; may be secret. */
  readonly headers: Readonly<Record<string, readonly string[]>>;
  readonly timeoutMs: number;
  /** Failures in a row after which it waits for `backoffMs`. */
  readonly threshold: number;
  readonly backoffMs: number;
  readonly ignoredMediaTypes: readonly string[];
  readonly ignoredActions: readonly string[];
}

export const notificationsSection = section({
  events: section({ includereferences: preset(flag, false) }).meta({ field: 'eventconfig' }),
  endpoints: list(
    section({
      name: optional(text),
      disabled: preset(flag, false),
      url: required(text.refine(isOrigin, 'must be a URL')),
      headers: optional(map(secretTexts)),
      timeout: preset(duration, '1s'),
      threshold: preset(integer, 10),
      backoff: preset(duration, '1s'),
      ignoredmediatypes: optional(texts),
      ignore: section({ mediatypes: optional(texts), actions: optional(texts) }),
    }),
  ),
});

type NotificationsData = z.output<typeof notificationsSection>;

export function toNotifications({ events, endpoints }: NotificationsData): NotificationsConfig {
  return { includeReferences: events.includereferences, endpoints: endpoints.map(toEndpoint) };
}

function toEndpoint(endpoint: NotificationsData['endpoints'][number]): EndpointConfig {
  const { ignore, url, threshold } = endpoint;
  return {
    name: endpoint.name ?? new URL(url).host,
    disabled: endpoint.disabled,
    url,
    headers: endpoint.headers ?? {},
    // Nothing and less are Distribution's way to ask for the default.
    timeoutMs: positiveOr(endpoint.timeout, 1000),
    threshold: positiveOr(threshold, 10),
    backoffMs: positiveOr(endpoint.backoff, 1000),
    ignoredMediaTypes: [...(endpoint.ignoredmediatypes ?? []), ...(ignore.mediatypes ?? [])],
    ignoredActions: ignore.actions ?? [],
  };
}

function positiveOr(value: number, instead: number): number {
  return value <= 0 ? instead : value;
}

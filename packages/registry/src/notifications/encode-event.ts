import type { RegistryEvent } from '../events/registry-event.js';

/** Which registry an event comes from. */
export interface EventSource {
  /** Host and port. */
  readonly addr: string;
  /** Another one after each start. */
  readonly instanceID: string;
}

export const ENVELOPE_TYPE = 'application/vnd.docker.distribution.events.v2+json';

/** The body of a request. One event each, as Distribution: many receivers look at the first one only. */
export function envelope(event: string): string {
  return `{"events":[${event}]}`;
}

/**
 * An event in Distribution's JSON (notifications/event.go). What is empty is left out.
 *
 * @param includeReferences - whether a manifest's event says what the manifest names
 */
export function encodeEvent(event: RegistryEvent, source: EventSource, includeReferences: boolean): string {
  const { id, timestamp, action, target, request, actor } = event;
  const { content, mediaType, digest, size, repository, fromRepository, url, tag } = target;
  const references = includeReferences && content !== undefined ? findReferences(content) : [];
  return JSON.stringify({
    id,
    timestamp: timestamp.toISOString(),
    action,
    target: {
      mediaType,
      // Both, for readers of before Distribution 2.1.
      ...(size === 0 ? {} : { size, length: size }),
      digest,
      repository,
      fromRepository,
      url,
      tag,
      ...(references.length === 0 ? {} : { references }),
    },
    request,
    actor,
    source,
  });
}

/** Descriptors of the config and the layers, or of an index's manifests, in the order in which they are named. */
function findReferences(content: Buffer): unknown[] {
  const { config, layers, manifests } = parse(content);
  return [config, layers, manifests].flat().flatMap((each: unknown) => describe(each) ?? []);
}

function parse(content: Buffer): Record<string, unknown> {
  try {
    return JSON.parse(content.toString('utf8')) as Record<string, unknown>;
  } catch {
    return {};
  }
}

/** Embedded `data` is left out: an event is no way to fetch content. */
function describe(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  const { mediaType, size, digest, urls, annotations, platform } = value as Record<string, unknown>;
  return { mediaType, size, digest, urls, annotations, platform };
}

import { compareNames } from '@outrigger/driver';
import type { ReferrerDescriptor } from '../referrers/referrer-entry.js';
import { fallbackTag } from '../referrers/fallback-tag.js';
import type { JsonObject } from '../manifests/descriptor.js';
import { isJsonObject, isPresent, parseAnnotations, parseDescriptor } from '../manifests/descriptor.js';
import { OCI_INDEX } from '../manifests/media-types.js';
import type { Digest } from '../reference/digest.js';
import { isTag } from '../reference/tag.js';
import { isRegistryError } from '../registry-error.js';
import type { TransportResponse } from './transport.js';
import { readBody, single } from './transport.js';
import type { Upstream } from './upstream.js';
import { UpstreamError, isUpstreamError } from './upstream-error.js';

/** One page of a list. */
export interface Page<T> {
  readonly items: readonly T[];
  /** The query of the next page. */
  readonly next: string | undefined;
}

export interface ProxiedLists {
  /**
   * Tags as the upstream has them; all of them when the query asks for no number.
   *
   * @param query - as the client sent it
   * @throws UpstreamError
   */
  tags(name: string, query: URLSearchParams): Promise<Page<string>>;
  /**
   * What has a manifest as its subject, at the upstream; from the fallback tag where it has no such API.
   *
   * @throws UpstreamError UNKNOWN when it has neither
   */
  referrers(name: string, subject: Digest, query: URLSearchParams): Promise<Page<ReferrerDescriptor>>;
}

const TIMEOUT_MS = 60_000;
const MAX_BYTES = 16 * 1024 * 1024;
const MAX_PAGES = 200;
const MAX_TAGS = 1_000_000;

export function createProxiedLists(upstream: Upstream): ProxiedLists {
  const get = async (name: string, path: string, query: string, accept?: string) => {
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const full = query === '' ? path : `${path}?${query}`;
    const response = await upstream.send({ method: 'GET', name, path: full, accept, signal });
    const next = nextQuery(response, `/v2/${name}/${path}`);
    return { fields: parseFields(await readBody(response, MAX_BYTES)), next };
  };
  const tagPage = async (name: string, query: string): Promise<Page<string>> => {
    const { fields, next } = await get(name, 'tags/list', query);
    return { items: parseTags(fields.tags), next };
  };
  return {
    async tags(name, asked) {
      const query = forward(asked);
      const first = await tagPage(name, query.toString());
      if (query.has('n')) return first;
      let items = [...first.items];
      for (let { next } = first, pages = 1; next !== undefined; pages++) {
        if (pages === MAX_PAGES || items.length > MAX_TAGS)
          throw new UpstreamError('INVALID', 'the upstream lists tags without an end');
        const page = await tagPage(name, next);
        // Not as arguments of a call: there may be too many for the stack.
        items = items.concat(page.items);
        next = page.next;
      }
      // Distribution 2 does not sort them; the specification does.
      return { items: items.sort(compareNames), next: undefined };
    },
    async referrers(name, subject, asked) {
      const query = forward(asked).toString();
      try {
        const { fields, next } = await get(name, `referrers/${subject.text}`, query, OCI_INDEX);
        return { items: parseReferrers(fields.manifests), next };
      } catch (error) {
        if (!isUpstreamError(error, 'UNKNOWN')) throw error;
      }
      const { fields } = await get(name, `manifests/${fallbackTag(subject)}`, '', OCI_INDEX);
      return { items: parseReferrers(fields.manifests), next: undefined };
    },
  };
}

/** `ns` is meant for us. */
function forward(query: URLSearchParams): URLSearchParams {
  const kept = new URLSearchParams(query);
  kept.delete('ns');
  return kept;
}

/** Where the next page is (RFC 8288), if that is the same list. */
function nextQuery({ headers }: TransportResponse, path: string): string | undefined {
  const target = /^\s*<([^>]{1,4096})>\s*;\s*rel="?next"?/i.exec(single(headers, 'link') ?? '')?.[1];
  const url = target === undefined ? null : URL.parse(target, `http://upstream.invalid${path}`);
  return url?.pathname.endsWith(path) === true ? url.search.slice(1) : undefined;
}

function parseFields(content: Buffer): JsonObject {
  let fields: unknown;
  try {
    fields = JSON.parse(content.toString('utf8'));
  } catch {
    throw noList();
  }
  if (!isJsonObject(fields)) throw noList();
  return fields;
}

function parseTags(tags: unknown): string[] {
  if (!isPresent(tags)) return [];
  if (!Array.isArray(tags)) throw noList();
  return tags.filter((tag): tag is string => typeof tag === 'string' && isTag(tag));
}

function parseReferrers(manifests: unknown): ReferrerDescriptor[] {
  if (!isPresent(manifests)) return [];
  if (!Array.isArray(manifests)) throw noList();
  try {
    return manifests.map(parseReferrer);
  } catch (error) {
    throw isRegistryError(error, 'MANIFEST_INVALID') ? noList() : error;
  }
}

function parseReferrer(value: unknown): ReferrerDescriptor {
  const { mediaType, digest, size } = parseDescriptor(value, 'a referrer');
  const { artifactType, annotations } = isJsonObject(value) ? value : {};
  const parsed = parseAnnotations(annotations);
  return {
    mediaType,
    digest: digest.text,
    size,
    ...(typeof artifactType === 'string' ? { artifactType } : {}),
    ...(parsed === undefined ? {} : { annotations: parsed }),
  };
}

function noList(): UpstreamError {
  return new UpstreamError('INVALID', 'the upstream sends no list');
}

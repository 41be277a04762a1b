import { z } from 'zod';
import type { Session } from './auth/session.js';
import type { Exchange } from './http/exchange.js';
import { disconnection, refusal } from './http/failure.js';
import { retrying } from './http/retry.js';

/** What a cluster says of itself at /info. */
export interface SwiftInfo {
  readonly version: string | undefined;
  /** Methods that temporary URLs may be for; undefined: there are none. */
  readonly tempUrlMethods: readonly string[] | undefined;
  /** How they may be signed, where it is said. */
  readonly tempUrlDigests: readonly string[] | undefined;
  /** Names that one bulk delete takes; undefined: there is none. */
  readonly maxBulkDeletes: number | undefined;
  /** Segments of a static large object. */
  readonly maxSegments: number;
}

/** Swift's default. */
const MAX_SEGMENTS = 1000;

const schema = z.object({
  swift: z.object({ version: z.string().optional() }).optional(),
  tempurl: z
    .object({ methods: z.array(z.string()).optional(), allowed_digests: z.array(z.string()).optional() })
    .optional(),
  bulk_delete: z.object({ max_deletes_per_request: z.int().positive().optional() }).optional(),
  slo: z.object({ max_manifest_segments: z.int().positive().optional() }).optional(),
});

/** Undefined: the cluster does not say. */
export async function fetchInfo(exchange: Exchange, session: Session): Promise<SwiftInfo | undefined> {
  const { storageUrl } = await session.grant();
  for (const path of infoPaths(new URL(storageUrl))) {
    const found = schema.safeParse(await fetchJson(exchange, new URL(path, storageUrl)));
    if (found.success && found.data.swift !== undefined) return toInfo(found.data);
  }
  return undefined;
}

function toInfo({ swift, tempurl, bulk_delete: bulk, slo }: z.output<typeof schema>): SwiftInfo {
  return {
    version: swift?.version,
    tempUrlMethods: tempurl === undefined ? undefined : (tempurl.methods ?? []),
    tempUrlDigests: tempurl?.allowed_digests,
    maxBulkDeletes: bulk === undefined ? undefined : (bulk.max_deletes_per_request ?? 1000),
    maxSegments: slo?.max_manifest_segments ?? MAX_SEGMENTS,
  };
}

/** Beside the version: `/v1/AUTH_x`, `/swift/v1/AUTH_x`, and `/swift/v1` of a radosgw that has no account in its addresses. */
function infoPaths({ pathname }: URL): string[] {
  const parts = pathname.replace(/\/+$/, '').split('/');
  return [2, 1].map((count) => `${parts.slice(0, -count).join('/')}/info`);
}

async function fetchJson(exchange: Exchange, url: URL): Promise<unknown> {
  const answer = await retrying(async () => {
    const got = await exchange.send({ url, method: 'GET' }).catch((error: unknown) => {
      throw disconnection(error);
    });
    if (got.status >= 500) throw await refusal(got);
    return got;
  });
  if (answer.status !== 200) {
    await answer.discard();
    return undefined;
  }
  try {
    return JSON.parse(await answer.text());
  } catch {
    return undefined;
  }
}

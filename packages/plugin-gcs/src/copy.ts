import { z } from 'zod';
import type { Api } from './api.js';
import { unexpected } from './errors.js';
import { replaceObject } from './replace.js';

const rewritten = z.object({ done: z.boolean(), rewriteToken: z.string().optional() });

/** Copies within the bucket: no byte travels, and mostly none is copied. False: the source is not there. */
export async function copyObject(
  api: Api,
  source: string,
  destination: string,
  signal?: AbortSignal,
): Promise<boolean> {
  const status = await replaceObject(
    api,
    destination,
    (generation) => rewrite(api, { source, destination, generation, signal }),
    signal,
  );
  return status !== NOT_FOUND;
}

const NOT_FOUND = 404;

interface Rewrite {
  readonly source: string;
  readonly destination: string;
  readonly generation: string;
  readonly signal: AbortSignal | undefined;
}

/** What the store cannot do at once it does in turns: each answers a token for the next. */
async function rewrite(api: Api, { source, destination, generation, signal }: Rewrite): Promise<number> {
  let rewriteToken: string | undefined;
  for (;;) {
    const { status, value } = await api.json(source, {
      method: 'POST',
      path: `${api.objectPath(source)}/rewriteTo${api.objectPath(destination).replace(/^\/storage\/v1/, '')}`,
      query: { rewriteToken, ifGenerationMatch: generation, fields: 'done,rewriteToken' },
      accept: [404, 412],
      signal,
    });
    if (status >= 300) return status;
    const answer = rewritten.safeParse(value).data;
    if (answer === undefined || (!answer.done && answer.rewriteToken === undefined))
      throw unexpected('the store answers a copy with what cannot be', source);
    if (answer.done) return status;
    ({ rewriteToken } = answer);
  }
}

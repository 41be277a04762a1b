import { createRegulator } from '@outrigger/driver';
import type { SignalOption } from '@outrigger/object-store';
import { z } from 'zod';
import { RequestFailure } from '../http/failure.js';
import { escapeName } from '../layout.js';
import type { Store } from './context.js';

/** At a time, where each object is a request. */
const DELETES = 8;
/** So few are not worth a bulk delete, which starts a request of its own for each name too. */
const FEW = 2;

const answerSchema = z.object({
  'Response Status': z.string().optional(),
  Errors: z.array(z.tuple([z.string(), z.string()])).default([]),
});

/** Deletes objects as they are: of a manifest itself, not of its segments. Absent ones are no error. */
export async function deleteNames(
  store: Store,
  names: readonly string[],
  options: SignalOption = {},
): Promise<void> {
  const { maxBulkDeletes } = store;
  if (maxBulkDeletes === undefined || names.length <= FEW) {
    await deleteOneByOne(store, names, options);
    return;
  }
  for (let begin = 0; begin < names.length; begin += maxBulkDeletes)
    await deleteBulk(store, names.slice(begin, begin + maxBulkDeletes), options);
}

async function deleteOneByOne(
  { client, layout }: Store,
  names: readonly string[],
  { signal }: SignalOption,
): Promise<void> {
  const regulator = createRegulator(DELETES);
  await Promise.all(
    names.map((name) =>
      regulator.run(
        () => client.touch({ method: 'DELETE', path: layout.pathOf(name), accept: [404], signal }),
        signal,
      ),
    ),
  );
}

/** The answer is a 200 in any case; what has become of the names is in its body. What is left is tried alone. */
async function deleteBulk(store: Store, names: readonly string[], options: SignalOption): Promise<void> {
  const { client, layout } = store;
  const lines = names.map((name) => `${layout.containerPath.slice(1)}/${escapeName(name)}`);
  let isDone = false;
  try {
    const request = {
      method: 'POST',
      path: '',
      query: { 'bulk-delete': 'true' },
      headers: { 'content-type': 'text/plain', accept: 'application/json' },
      body: lines.join('\n'),
      signal: options.signal,
    } as const;
    const text = await client.read(request, (answer) => answer.text());
    const said = answerSchema.safeParse(toJson(text));
    isDone = said.success && said.data.Errors.length === 0 && isGood(said.data['Response Status']);
  } catch (error) {
    // A user with rights on the container only may be refused here.
    if (!(error instanceof RequestFailure) || error.isTransient) throw error;
  }
  if (!isDone) await deleteOneByOne(store, names, options);
}

/** A 404 is one of a request without anything to delete. */
function isGood(status: string | undefined): boolean {
  return status !== undefined && /^(?:2\d\d|404)\b/.test(status);
}

/** Swift sends white space first, while it works. */
function toJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

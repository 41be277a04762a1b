import { createRegulator } from '@outrigger/driver';
import type { SignalOption } from '@outrigger/object-store';
import { dynamicSegments, isLastReference } from '../segments/dynamic.js';
import { getManifest } from '../segments/manifest.js';
import { releaseSet } from '../segments/release.js';
import type { Store } from './context.js';
import { deleteNames } from './delete-names.js';
import type { Description, Form } from './describe.js';
import { describe } from './describe.js';

/** Objects that are looked at, and large ones that are deleted, at a time. */
const LOOKS = 16;

/**
 * Deletes objects and the segments that only they stand on. The manifest goes first: from there on the object is gone, and what is cut
 * off behind it leaves segments that are found later.
 */
export async function deleteObjects(
  store: Store,
  keys: readonly string[],
  options: SignalOption = {},
): Promise<void> {
  const regulator = createRegulator(LOOKS);
  const found = await Promise.all(
    keys.map((key) => regulator.run(() => describe(store, key, options), options.signal)),
  );
  const plain = found.flatMap((each) => (each?.form.kind === 'plain' ? [each.info.key] : []));
  const large = found.filter((each) => each !== undefined && each.form.kind !== 'plain');
  await deleteNames(store, plain, options);
  await Promise.all(
    large.map((each) =>
      regulator.run(async () => each && (await deleteLarge(store, each, options)), options.signal),
    ),
  );
}

/** Deletes the segments of what was at a key until somebody replaced it. */
export interface Remains {
  release(): Promise<void>;
}

/** To be asked before an object is replaced. */
export async function remainsOf(
  store: Store,
  { info, form }: Description,
  options: SignalOption = {},
): Promise<Remains | undefined> {
  if (form.kind !== 'own') return undefined;
  const manifest = await getManifest(store, info.key, options);
  return (
    manifest && {
      release: () => store.setLocks.run(form.set, () => releaseSet(store, form.set, manifest, options)),
    }
  );
}

async function deleteLarge(store: Store, { info, form }: Description, options: SignalOption): Promise<void> {
  const { key } = info;
  const remains = await remainsOf(store, { info, form }, options);
  const segments = await dynamicRemains(store, key, form, options);
  await deleteNames(store, [key], options);
  await remains?.release();
  await deleteNames(store, segments, options);
}

async function dynamicRemains(
  store: Store,
  key: string,
  form: Form,
  options: SignalOption,
): Promise<readonly string[]> {
  if (form.kind !== 'dynamic' || !(await isLastReference(store, key, form, options))) return [];
  return (await dynamicSegments(store, form, options)).map(({ name }) => name);
}

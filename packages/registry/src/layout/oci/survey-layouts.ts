import { createRegulator } from '@outrigger/driver';
import { markRepository } from '../../gc/mark.js';
import { findModTime } from '../../gc/mod-time.js';
import type { References } from '../../gc/references.js';
import type { GarbageManifest, Survey, SurveyOptions } from '../../gc/survey.js';
import { manifestKey } from '../../gc/keys.js';
import type { Digest } from '../../reference/digest.js';
import { listDigests } from '../list-directory.js';
import { orAbsent } from '../or-absent.js';
import type { OciStore } from './oci-store.js';
import { blobFile, blobs } from './paths.js';
import type { LayoutContents, LayoutReading } from './read-layout.js';
import { readLayout } from './read-layout.js';
import { listLayouts } from './repositories.js';

const PARALLEL_READS = 32;

/**
 * Looks at one layout after the other: what one keeps alive is nothing to the others.
 *
 * @throws UnreadableManifestError, StorageError
 */
export async function surveyLayouts(store: OciStore, options: SurveyOptions): Promise<Survey> {
  const { signal, listener } = options;
  const reading: LayoutReading = {
    signal,
    regulator: createRegulator(PARALLEL_READS),
    known: options.known ?? new Map<string, References>(),
  };
  const alive = new Map<string, ReadonlySet<string>>();
  const manifests: GarbageManifest[] = [];
  const garbage = new Map<string, number>();
  let marked = 0;
  let done = 0;
  for await (const name of listLayouts(store.driver, { signal, withUnfinished: true })) {
    listener?.repository?.(name);
    const contents = await readLayout(store, reading, name);
    const marks = new Set<string>();
    const roots = await findRoots(store, reading, contents, options);
    const living = markRepository(contents, roots, marks, listener);
    alive.set(name, living);
    for (const [text, { digest, references }] of contents.revisions)
      if (!living.has(text) && contents.listed.has(text)) manifests.push({ name, digest, references });
    await findGarbage(store, reading, name, { marks, garbage, youngSince: options.youngSince });
    marked += marks.size;
    listener?.progress?.('manifests', ++done, undefined);
  }
  return { marked, manifests, blobs: garbage, links: new Map(), alive, hollow: [] };
}

/** All that is listed; or what has a name, is kept, or is young. */
async function findRoots(
  { driver }: OciStore,
  { regulator, signal }: LayoutReading,
  { name, listed, tagged, revisions }: LayoutContents,
  { deleteUntagged, kept, youngSince }: SurveyOptions,
): Promise<Iterable<string>> {
  if (!deleteUntagged) return listed;
  const isRoot = async (digest: Digest): Promise<boolean> => {
    if (tagged.has(digest.text) || kept?.has(manifestKey(name, digest.text)) === true) return true;
    if (youngSince === undefined) return false;
    const time = await regulator.run(() => findModTime(driver, blobFile(name, digest), signal), signal);
    return time !== undefined && time >= youngSince;
  };
  const all = [...revisions.values()].filter(({ digest }) => listed.has(digest.text));
  const verdicts = await Promise.all(all.map(({ digest }) => isRoot(digest)));
  // What is listed and cannot be read as a manifest is no garbage that could be told from others' content.
  const others = [...listed].filter((text) => !revisions.has(text));
  return [...tagged, ...others, ...all.filter((_, at) => verdicts[at]).map(({ digest }) => digest.text)];
}

interface Sorting {
  readonly marks: ReadonlySet<string>;
  readonly garbage: Map<string, number>;
  readonly youngSince: Date | undefined;
}

/** Content that nothing leads to. What was written lately may be on its way to a manifest. */
async function findGarbage(
  { driver }: OciStore,
  { regulator, signal }: LayoutReading,
  name: string,
  { marks, garbage, youngSince }: Sorting,
): Promise<void> {
  const unmarked = (await listDigests(driver, blobs(name), { signal })).filter(
    ({ text }) => !marks.has(text),
  );
  await Promise.all(
    unmarked.map((digest) =>
      regulator.run(async () => {
        const info = await orAbsent(driver.stat(blobFile(name, digest), { signal }));
        if (info === undefined || info.isDir) return;
        if (youngSince !== undefined && info.modTime >= youngSince) return;
        garbage.set(manifestKey(name, digest.text), info.size);
      }, signal),
    ),
  );
}

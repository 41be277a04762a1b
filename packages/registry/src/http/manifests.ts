import { createHash } from 'node:crypto';
import { tagGuard } from '../access/tag-guard.js';
import { readContent } from '../blobs/blob-content.js';
import { acknowledgeDone, acknowledgeFound } from '../gc/acknowledge.js';
import { keysOfManifest, keysOfPush } from '../gc/keys-of-manifest.js';
import { deleteManifest, manifestUnknown } from '../manifests/delete-manifest.js';
import { readManifest } from '../manifests/manifest-content.js';
import { parseManifest, storedMediaType } from '../manifests/parse-manifest.js';
import { putManifest } from '../manifests/put-manifest.js';
import { verifyReferences, verifyUrls } from '../manifests/verify-references.js';
import type { Digest } from '../reference/digest.js';
import { CANONICAL, digestOf, parseDigest } from '../reference/digest.js';
import { checkTag, isTag } from '../reference/tag.js';
import { RegistryError } from '../registry-error.js';
import type { Call } from './call.js';
import { isFresh } from './conditional.js';
import { setEmpty } from './empty.js';
import { HttpError } from './errors.js';
import { locate } from './location.js';
import { checkDeleteEnabled } from './permissions.js';
import { bringManifest } from './proxied.js';
import { isWanted, reportDelete, reportManifest } from './report.js';
import { readWhole, requestBody } from './request-body.js';

interface ManifestRoute {
  readonly name: string;
  readonly reference: string;
}

/** end-3. Whatever `Accept` says: the registry has one form of each manifest. */
export async function getManifest(call: Call, { name, reference }: ManifestRoute): Promise<void> {
  const { ctx, service } = call;
  // What is no tag cannot be there: v1.1.1 of the conformance program asks for 404.
  if (!reference.includes(':') && !isTag(reference)) throw manifestUnknown(reference.slice(0, 160));
  const parsed = parseReference(reference);
  if (service.proxy !== undefined) await bringManifest(call, service.proxy, name, parsed);
  const { gate } = service.store;
  const { digest, content, mediaType } = await (gate === undefined || ctx.method !== 'HEAD'
    ? findManifest(call, name, parsed)
    : acknowledgeFound(
        gate,
        () => findManifest(call, name, parsed),
        (found) => keysOfManifest(service.store, name, found.digest),
      ));
  // HEAD counts: a client that has the content already asks for no more.
  service.pulls?.note(name, digest.text);
  ctx.set('Docker-Content-Digest', digest.text);
  if (isFresh(call, digest.text)) {
    ctx.status = 304;
    return;
  }
  ctx.set('Content-Type', mediaType);
  ctx.body = content;
  if (isWanted(call, 'pull')) {
    const tag = 'tag' in parsed ? parsed.tag : undefined;
    reportManifest(call, 'pull', { name, digest, mediaType, content, tag });
  }
}

interface FoundManifest {
  readonly digest: Digest;
  readonly content: Buffer;
  readonly mediaType: string;
}

/** @throws RegistryError MANIFEST_UNKNOWN */
async function findManifest(
  { service: { store }, signal }: Call,
  name: string,
  parsed: { tag: string } | { digest: Digest },
): Promise<FoundManifest> {
  const digest =
    'tag' in parsed ? await store.layout.tags.resolve(name, parsed.tag, { signal }) : parsed.digest;
  // What a tag names is a manifest of the repository: the link of a manifest goes after its tags.
  const content =
    'tag' in parsed
      ? digest && (await readContent(store, name, digest, { signal }))
      : await readManifest(store, name, parsed.digest, { signal });
  const mediaType =
    content &&
    (storedMediaType(content) ?? (digest && (await store.layout.manifests.mediaType?.(name, digest))));
  if (digest === undefined || content === undefined || mediaType === undefined)
    throw manifestUnknown('tag' in parsed ? parsed.tag : parsed.digest.text);
  return { digest, content, mediaType };
}

/** end-7. */
export async function putManifestHandler(call: Call, { name, reference }: ManifestRoute): Promise<void> {
  const { ctx, service } = call;
  const { store, settings } = service;
  const parsed = parseReference(reference);
  const tags = 'tag' in parsed ? [parsed.tag] : parseTags(call);
  const content = await readWhole(requestBody(call), settings.manifestLimit);
  const digest = 'tag' in parsed ? digestOf(content, CANONICAL) : checkDigest(content, parsed.digest);
  const manifest = parseManifest(content, contentType(call));
  if (settings.urlRules !== undefined) verifyUrls(manifest, settings.urlRules);
  const guard = tagGuard(call.identity, name);
  const keys = store.gate === undefined ? [] : await keysOfPush(store, name, digest, manifest);
  await acknowledgeDone(store.gate, keys, async () => {
    await verifyReferences(store, name, manifest, settings.references);
    await putManifest(store, { name, digest, manifest, content, tags, guard });
  });
  if (isWanted(call, 'push')) {
    const { mediaType } = manifest;
    // Each event names one tag.
    for (const tag of tags.length === 0 ? [undefined] : tags)
      reportManifest(call, 'push', { name, digest, mediaType, content, tag });
  }
  setEmpty(call, 201);
  ctx.set('Location', locate(call, `${name}/manifests/${digest.text}`));
  ctx.set('Docker-Content-Digest', digest.text);
  if (manifest.subject !== undefined) ctx.set('OCI-Subject', manifest.subject.digest.text);
  if ('digest' in parsed && tags.length > 0) ctx.set('OCI-Tag', tags.join(', '));
}

/** end-9: a tag alone, or a manifest with all its tags. */
export async function deleteManifestHandler(call: Call, { name, reference }: ManifestRoute): Promise<void> {
  const { service } = call;
  const parsed = parseReference(reference);
  checkDeleteEnabled(call);
  if ('digest' in parsed) {
    const tags = await deleteManifest(service.store, name, parsed.digest);
    reportDelete(call, name, parsed);
    for (const tag of tags) reportDelete(call, name, { tag });
  } else {
    if (!(await service.store.layout.tags.delete(name, parsed.tag))) throw manifestUnknown(reference);
    reportDelete(call, name, parsed);
  }
  setEmpty(call, 202);
}

/** Only a digest has a colon. */
function parseReference(reference: string): { tag: string } | { digest: Digest } {
  if (reference.includes(':')) return { digest: parseDigest(reference) };
  checkTag(reference);
  return { tag: reference };
}

/** end-7b: tags that come with a push by digest. */
function parseTags({ query }: Call): string[] {
  const tags = [...new Set(query.getAll('tag'))];
  if (tags.length > MAX_TAGS) throw new HttpError(414, 'UNSUPPORTED', `a push sets at most ${MAX_TAGS} tags`);
  tags.forEach(checkTag);
  return tags;
}

const MAX_TAGS = 100;

function checkDigest(content: Buffer, digest: Digest): Digest {
  if (createHash(digest.algorithm).update(content).digest('hex') === digest.hex) return digest;
  throw new RegistryError('DIGEST_INVALID', 'the manifest does not have the digest', { digest: digest.text });
}

/** Parameters are ignored (distribution-spec, "Pushing Manifests"). */
function contentType({ req }: Call): string | undefined {
  return req.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase();
}

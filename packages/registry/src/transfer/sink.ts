import type { CallOptions } from '@outrigger/driver';
import type { Body } from '../content/body.js';
import type { Manifest } from '../manifests/parse-manifest.js';
import type { Digest } from '../reference/digest.js';

/** Where repositories are copied to. Every change is idempotent, and durable when it resolves unless `finish` says otherwise. */
export interface TransferSink {
  /** @throws RegistryError NAME_INVALID a repository of this name cannot be had */
  begin(name: string): void;
  /** The size of a blob of the repository; undefined when it does not have it. */
  blobSize(name: string, digest: Digest, options?: CallOptions): Promise<number | undefined>;
  /** Whether some repository has content in this size. */
  hasContent(name: string, digest: Digest, size: number): Promise<boolean>;
  /** Makes content that another repository has part of this one too; false when nobody has it in this size. */
  linkBlob(name: string, digest: Digest, size: number): Promise<boolean>;
  /** Takes content, and verifies it before it can be seen. @throws RegistryError DIGEST_INVALID; BodyBrokenError */
  putBlob(name: string, digest: Digest, body: Body): Promise<void>;
  hasManifest(name: string, digest: Digest, options?: CallOptions): Promise<boolean>;
  /** Of a manifest of which all that it names is there already. Answers false when it was there too. */
  putManifest(name: string, copied: CopiedManifest): Promise<boolean>;
  /** The manifest that a tag names; undefined when there is no such tag. */
  resolveTag(name: string, tag: string, options?: CallOptions): Promise<Digest | undefined>;
  /** The manifest is there already. */
  setTag(name: string, tag: string, digest: Digest): Promise<void>;
  /** Everything of a repository that is to come has come. */
  finish(name: string): Promise<void>;
}

export interface CopiedManifest {
  readonly digest: Digest;
  /** Of the digest. */
  readonly content: Buffer;
  readonly manifest: Manifest;
}

import type { TransferSink } from './sink.js';

/** What a sink would have if it had taken everything; it is only asked. */
export function drySink(sink: TransferSink): TransferSink {
  const taken = new Set<string>();
  const nothing = () => Promise.resolve();
  return {
    begin: (name) => {
      sink.begin(name);
    },
    blobSize: (name, digest, options) => sink.blobSize(name, digest, options),
    linkBlob: async (name, digest, size) =>
      taken.has(digest.text) || (await sink.hasContent(name, digest, size)),
    hasContent: (name, digest, size) => sink.hasContent(name, digest, size),
    putBlob(_name, digest) {
      taken.add(digest.text);
      return Promise.resolve();
    },
    hasManifest: (name, digest, options) => sink.hasManifest(name, digest, options),
    putManifest: async (name, { digest }) => !(await sink.hasManifest(name, digest)),
    resolveTag: (name, tag, options) => sink.resolveTag(name, tag, options),
    setTag: nothing,
    finish: nothing,
  };
}

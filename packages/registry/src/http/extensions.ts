import type { Call } from './call.js';

/** What the registry can do besides the specification (distribution-spec, extensions/_oci.md). */
export function getExtensions({ ctx }: Call): void {
  ctx.body = { extensions: EXTENSIONS };
}

const EXTENSIONS = [
  {
    name: '_oci',
    url: 'https://github.com/opencontainers/distribution-spec/blob/main/extensions/_oci.md',
    description: 'Tells which extensions there are',
    endpoints: ['_oci/ext/discover'],
  },
  {
    name: '_catalog',
    url: 'https://distribution.github.io/distribution/spec/api/#catalog',
    description: 'Lists the repositories',
    endpoints: ['_catalog'],
  },
];

const TYPE = 'application/octet-stream';
const PARAMETER = 'outrigger-size';

/** Of a manifest, so that a listing, which has the type, tells the size of the whole. */
export function typeOfSize(size: number): string {
  return `${TYPE};${PARAMETER}=${String(size)}`;
}

/** Of content that is one object. */
export const PLAIN_TYPE = TYPE;

/** Undefined: it is not the type of a manifest of ours. */
export function sizeOfType(contentType: string): number | undefined {
  const found = /;\s*outrigger-size=(\d{1,16})\b/.exec(contentType)?.[1];
  return found === undefined ? undefined : Number(found);
}

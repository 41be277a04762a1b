/** Where Distribution puts a root directory into keys: no slash at the beginning, and one between it and the path. */
export function keyPrefixOf(rootDirectory: string): string {
  const trimmed = rootDirectory.replace(/^\/+|\/+$/g, '');
  return trimmed === '' ? '' : `${trimmed}/`;
}

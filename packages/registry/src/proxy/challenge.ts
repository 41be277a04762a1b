/** What a registry asks for (RFC 9110, 11.3). */
export interface Challenge {
  /** Lowercase. */
  readonly scheme: string;
  /** By lowercase names. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** The challenges of a `WWW-Authenticate` header. What cannot be read ends the list. */
export function parseChallenges(header: string): Challenge[] {
  const found: { scheme: string; parameters: Map<string, string> }[] = [];
  const scan = createScanner(header);
  for (;;) {
    scan(SEPARATOR);
    const name = scan(TOKEN)?.[0].toLowerCase();
    if (name === undefined) return found;
    const value = scan(VALUE);
    if (value === undefined) found.push({ scheme: name, parameters: new Map() });
    else found.at(-1)?.parameters.set(name, value[1]?.replace(/\\(.)/g, '$1') ?? value[2] ?? '');
  }
}

const SEPARATOR = /[\s,]*/y;
const TOKEN = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;
const VALUE = /[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*))/y;

function createScanner(text: string): (pattern: RegExp) => RegExpExecArray | undefined {
  let at = 0;
  return (pattern) => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match !== null) at = pattern.lastIndex;
    return match ?? undefined;
  };
}

/** The deepest nesting that a manifest may have. */
export const MAX_DEPTH = 64;

/** The most keys of one object: hundreds of thousands would hold up all other requests for a second. */
export const MAX_KEYS = 10_000;

/**
 * What makes a JSON text unfit for `JSON.parse`, found in one pass over its bytes: nesting that costs the parser
 * seconds, objects of very many keys, and keys given twice, of which two readers may believe different ones. Other faults are left to the
 * parser.
 *
 * @returns what is wrong, or undefined
 */
export function scanJson(text: Buffer): string | undefined {
  const keys: (Keys | undefined)[] = [];
  let expectsKey = false;
  for (let at = 0; at < text.length; at++) {
    switch (text[at]) {
      case QUOTE: {
        const end = endOfString(text, at + 1);
        const level = keys.at(-1);
        if (expectsKey && level !== undefined) {
          if (!level.add(text, at, end)) return 'a key is given twice';
          if (level.count > MAX_KEYS) return `an object has more than ${MAX_KEYS} keys`;
        }
        expectsKey = false;
        at = end;
        break;
      }
      case OPEN_OBJECT:
      case OPEN_ARRAY:
        if (keys.length === MAX_DEPTH) return `nested deeper than ${MAX_DEPTH} levels`;
        expectsKey = text[at] === OPEN_OBJECT;
        keys.push(expectsKey ? new Keys() : undefined);
        break;
      case CLOSE_OBJECT:
      case CLOSE_ARRAY:
        keys.pop();
        expectsKey = false;
        break;
      case COMMA:
        expectsKey = keys.at(-1) !== undefined;
        break;
      default:
        break;
    }
  }
  return undefined;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** The position of the quote that ends the string, or the end of the text. */
function endOfString(text: Buffer, start: number): number {
  for (let at = start; at < text.length; at++) {
    if (text[at] === BACKSLASH) at++;
    else if (text[at] === QUOTE) return at;
  }
  return text.length;
}

/** The keys of one object. Most have few, and a Set for each costs more than it finds. */
class Keys {
  private first: string | undefined;
  private more: Set<string> | undefined;

  get count(): number {
    return this.more?.size ?? (this.first === undefined ? 0 : 1);
  }

  /** Adds the string between two quotes; false when it was there. */
  add(text: Buffer, start: number, end: number): boolean {
    const key = decode(text, start, end);
    if (this.first === undefined) {
      this.first = key;
      return true;
    }
    this.more ??= new Set([this.first]);
    const before = this.more.size;
    return this.more.add(key).size > before;
  }
}

/** Escapes spell the same key in several ways. Bytes that are no JSON string stay as they are: the parser refuses them. */
function decode(text: Buffer, start: number, end: number): string {
  const raw = text.toString('latin1', start + 1, end);
  if (!raw.includes('\\')) return raw;
  try {
    return Buffer.from(JSON.parse(text.toString('utf8', start, end + 1)) as string, 'utf8').toString(
      'latin1',
    );
  } catch {
    return raw;
  }
}

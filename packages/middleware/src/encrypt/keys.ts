import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { StorageError } from '@outrigger/driver';
import { KEY_ID_PATTERN } from './format.js';

/** The master keys. Their bytes are in no message. */
export interface Keyring {
  /** The one that new objects get: the first of the list. */
  current(): MasterKey;
  /**
   * One that an object names. A key that came since the list was read is found, too.
   *
   * @throws StorageError UNAVAILABLE
   */
  find(id: string): Promise<MasterKey>;
}

export interface MasterKey {
  readonly id: string;
  readonly bytes: Uint8Array;
}

/** Where the list of keys comes from. */
export type KeySource = { readonly file: string } | { readonly command: readonly string[] };

const MAX_LIST = 64 * 1024;
const COMMAND_TIMEOUT_MS = 30_000;
/** An id that nobody knows must not start a program for each object. */
const READ_AGAIN_MS = 10_000;

/** @throws Error that says what is wrong with the list, without any of it */
export async function openKeyring(source: KeySource): Promise<Keyring> {
  let keys = parseKeys(await readList(source));
  let readAt = performance.now();
  let reading: Promise<void> | undefined;
  const readAgain = async () => {
    readAt = performance.now();
    keys = parseKeys(await readList(source));
  };
  return {
    current: () => keys[0],
    async find(id) {
      let found = keys.find((key) => key.id === id);
      if (found === undefined && (reading !== undefined || performance.now() - readAt > READ_AGAIN_MS)) {
        reading ??= readAgain().finally(() => (reading = undefined));
        await reading.catch(() => undefined);
        found = keys.find((key) => key.id === id);
      }
      if (found === undefined)
        throw new StorageError('UNAVAILABLE', `there is no encryption key ${id} in the list`, {
          retryable: false,
        });
      return found;
    },
  };
}

/**
 * `<id> <32 bytes in base64>`, one a line; empty lines and those that begin with `#` are left out.
 *
 * @throws Error
 */
export function parseKeys(text: string): [MasterKey, ...MasterKey[]] {
  const keys = text
    .split(/\r?\n/)
    .flatMap((line, index) => (/^\s*(#|$)/.test(line) ? [] : [parseKey(line, index + 1)]));
  const [first, ...rest] = keys;
  if (first === undefined) throw new Error('the list of keys is empty');
  const twice = keys.find(({ id }, index) => keys.findIndex((key) => key.id === id) !== index);
  if (twice !== undefined) throw new Error(`the list of keys has ${twice.id} twice`);
  return [first, ...rest];
}

function parseKey(line: string, number: number): MasterKey {
  const [id = '', text = '', ...rest] = line.trim().split(/\s+/);
  const bytes = Buffer.from(text, 'base64');
  const isKey =
    rest.length === 0 &&
    KEY_ID_PATTERN.test(id) &&
    /^[A-Za-z0-9+/_-]{43}=?$/.test(text) &&
    bytes.length === 32;
  if (!isKey)
    throw new Error(
      `line ${number} of the keys is not an id of up to 16 letters, digits, dots, dashes and underscores, a blank, and 32 bytes in base64`,
    );
  return { id, bytes };
}

async function readList(source: KeySource): Promise<string> {
  if ('command' in source) return runCommand(source.command);
  const text = await readFile(source.file, 'utf8').catch((error: unknown) => {
    throw new Error(`the file of keys cannot be read: ${codeOf(error)}`);
  });
  if (text.length > MAX_LIST) throw new Error('the file of keys is too long');
  return text;
}

/** Without a shell. What it prints to stderr is the operator's to see; stdout is never shown. */
async function runCommand([file = '', ...args]: readonly string[]): Promise<string> {
  const child = spawn(file, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: COMMAND_TIMEOUT_MS,
    killSignal: 'SIGKILL',
  });
  const ended = new Promise<string | undefined>((resolve) => {
    child.once('error', (error) => resolve(`could not be run: ${codeOf(error)}`));
    child.once('close', (status, signal) =>
      resolve(status === 0 ? undefined : `ended with ${signal ?? `status ${String(status)}`}`),
    );
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (part: string) => {
    text += part;
    if (text.length > MAX_LIST) child.kill('SIGKILL');
  });
  const problem = await ended;
  if (problem !== undefined) throw new Error(`the command for keys ${problem}`);
  return text;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
}

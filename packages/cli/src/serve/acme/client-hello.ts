/** What the first message of a TLS client says of where it wants to go. */
export interface ClientHello {
  readonly serverName: string | undefined;
  /** Its protocols of ALPN, in its order; none: it does not say. */
  readonly protocols: readonly string[];
}

/** Types of TLS (RFC 8446, 5.1 and 4; RFC 6066, 3; RFC 7301, 3.1). */
const HANDSHAKE_RECORD = 22;
const CLIENT_HELLO = 1;
const SERVER_NAME = 0;
const HOST_NAME = 0;
const ALPN = 16;

const RECORD_HEAD = 5;
const MESSAGE_HEAD = 4;
/** Of a record, RFC 8446, 5.1. */
const LONGEST_RECORD = 2 ** 14;
/** With the keys of post-quantum exchanges it has about 2 KiB. */
const LONGEST_HELLO = 2 ** 14;

/**
 * Reads a ClientHello (RFC 8446, 4.1.2), which may lie in several records.
 *
 * @param bytes - from the begin of the connection on
 * @returns 'incomplete' when more bytes are needed; undefined for anything that is not a ClientHello
 */
export function readClientHello(bytes: Buffer): ClientHello | 'incomplete' | undefined {
  const message = firstMessage(bytes);
  if (!Buffer.isBuffer(message)) return message;
  try {
    return parseHello(new Reader(message));
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** The records without their heads, as far as the first message goes. */
function firstMessage(bytes: Buffer): Buffer | 'incomplete' | undefined {
  const message = Buffer.alloc(Math.min(bytes.length, MESSAGE_HEAD + LONGEST_HELLO));
  let length = 0;
  for (let at = 0; ;) {
    if (bytes.length > at && bytes[at] !== HANDSHAKE_RECORD) return undefined;
    if (bytes.length < at + RECORD_HEAD) return 'incomplete';
    const size = bytes.readUInt16BE(at + 3);
    // An empty record would let a client go on for ever.
    if (bytes[at + 1] !== 3 || size === 0 || size > LONGEST_RECORD) return undefined;
    // Into one place: records may be of one byte each.
    length += bytes.copy(message, length, at + RECORD_HEAD, at + RECORD_HEAD + size);
    at += RECORD_HEAD + size;
    if (length >= MESSAGE_HEAD) {
      const end = MESSAGE_HEAD + message.readUIntBE(1, 3);
      if (message[0] !== CLIENT_HELLO || end > LONGEST_HELLO) return undefined;
      if (length >= end) return message.subarray(MESSAGE_HEAD, end);
    }
    if (bytes.length < at) return 'incomplete';
  }
}

const VERSION_AND_RANDOM = 2 + 32;

function parseHello(hello: Reader): ClientHello {
  hello.take(VERSION_AND_RANDOM);
  hello.vector(1);
  hello.vector(2);
  hello.vector(1);
  let serverName: string | undefined;
  let protocols: readonly string[] = [];
  // Extensions may be missing altogether before TLS 1.3.
  const extensions = hello.isEmpty ? hello : hello.vector(2);
  while (!extensions.isEmpty) {
    const type = extensions.number(2);
    const data = extensions.vector(2);
    if (type === SERVER_NAME) serverName = readServerName(data.vector(2));
    if (type === ALPN) protocols = readProtocols(data.vector(2));
  }
  return { serverName, protocols };
}

function readServerName(names: Reader): string | undefined {
  while (!names.isEmpty) {
    const type = names.number(1);
    const name = names.vector(2);
    if (type === HOST_NAME) return name.rest().toString('latin1');
  }
  return undefined;
}

function readProtocols(list: Reader): string[] {
  const protocols: string[] = [];
  while (!list.isEmpty) protocols.push(list.vector(1).rest().toString('latin1'));
  return protocols;
}

/** Throws a RangeError at the end of the bytes. */
class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isEmpty(): boolean {
    return this.#at === this.#bytes.length;
  }

  take(size: number): Buffer {
    if (this.#at + size > this.#bytes.length) throw new RangeError('the message ends early');
    this.#at += size;
    return this.#bytes.subarray(this.#at - size, this.#at);
  }

  number(size: number): number {
    return this.take(size).readUIntBE(0, size);
  }

  /** Bytes behind their number, which has `size` bytes itself. */
  vector(size: number): Reader {
    return new Reader(this.take(this.number(size)));
  }

  rest(): Buffer {
    return this.take(this.#bytes.length - this.#at);
  }
}

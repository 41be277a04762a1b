import { randomBytes } from 'node:crypto';

/** The users of the cluster, the first one being all of its monitors. Each may do anything. */
const USERS = ['mon.', 'client.admin', 'osd.0'];

/** The text of a keyring with a new key for each user, as `ceph-authtool` writes it. */
export function createKeyring(): string {
  return USERS.map(
    (user) => `[${user}]
key = ${createKey()}
caps mon = "allow *"
caps osd = "allow *"
caps mgr = "allow *"
`,
  ).join('\n');
}

/** CryptoKey of Ceph's auth/Crypto.h: type (1 is AES), seconds and nanoseconds of its making, length, and 16 bytes. */
function createKey(): string {
  const head = Buffer.alloc(12);
  head.writeUInt16LE(1, 0);
  head.writeUInt32LE(Math.floor(Date.now() / 1000), 2);
  head.writeUInt16LE(16, 10);
  return Buffer.concat([head, randomBytes(16)]).toString('base64');
}

import { BlockList, isIP } from 'node:net';

/**
 * Whether an IP address is not one of the public internet: this host, a private network, a link, a multicast group, or an
 * address that carries another one in itself which is (mapped, NAT64) or can be (6to4, Teredo).
 */
export function isPrivateAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 0) return false;
  if (family === 4) return PRIVATE.check(address, 'ipv4');
  const plain = address.split('%', 1)[0] ?? address;
  return PRIVATE.check(plain, 'ipv6') || embedsPrivate(plain);
}

const PRIVATE = new BlockList();
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
] as const)
  PRIVATE.addSubnet(network, prefix, 'ipv4');
for (const [network, prefix] of [
  // Unspecified, loopback and the old IPv4-compatible ones.
  ['::', 96],
  ['64:ff9b:1::', 48],
  ['2001::', 32],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
] as const)
  PRIVATE.addSubnet(network, prefix, 'ipv6');

/** `64:ff9b::a00:1` and `::ffff:a00:1` are 10.0.0.1. */
function embedsPrivate(address: string): boolean {
  const normal = URL.parse(`http://[${address}]`)?.hostname.slice(1, -1) ?? '';
  const match = /^(?:64:ff9b::|::ffff:)(?:([0-9a-f]{1,4}):)?([0-9a-f]{1,4})$/.exec(normal);
  if (match === null) return false;
  const [high, low] = [match[1], match[2]].map((group) => Number.parseInt(group ?? '0', 16));
  const bytes = Buffer.alloc(4);
  bytes.writeUInt16BE(high ?? 0, 0);
  bytes.writeUInt16BE(low ?? 0, 2);
  return PRIVATE.check(bytes.join('.'), 'ipv4');
}

import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';
import type { Registry } from '@outrigger/registry';

/** What a proxy tells of its client, and anybody else may have made up. */
const FORWARDED = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip'];

/**
 * Takes from requests what a proxy would say, unless one of the trusted ones sent it: nobody behind this line has to ask again.
 *
 * @param networks - addresses and networks; undefined: everybody is believed
 */
export function trustForwarded(
  networks: readonly string[] | undefined,
  handle: Registry['handle'],
): Registry['handle'] {
  if (networks === undefined) return handle;
  const isTrusted = createTrust(networks);
  return (req, res) => {
    if (FORWARDED.some((name) => name in req.headers) && !isTrusted(req.socket.remoteAddress)) forget(req);
    handle(req, res);
  };
}

function forget({ headers }: IncomingMessage): void {
  for (const name of FORWARDED) Reflect.deleteProperty(headers, name);
}

/** A Unix socket has no address; only a proxy on this machine is at its other end. */
function createTrust(networks: readonly string[]): (address: string | undefined) => boolean {
  const list = new BlockList();
  for (const network of networks) {
    const [address = '', bits] = network.split('/');
    const family = familyOf(address);
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  return (address) => address === undefined || list.check(address, familyOf(address));
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 4 ? 'ipv4' : 'ipv6';
}

import type { Findings } from './findings.js';
import type { ListenAddress } from './listen-address.js';
import { parseAddress } from './listen-address.js';
import type { ConfigData } from './schema.js';
import type { HttpAddresses } from './sections/http.js';

/** Reads the addresses to listen on. @returns undefined when they are wrong */
export function pickAddresses(
  { net, addr, debug }: ConfigData['http'],
  findings: Findings,
): HttpAddresses | undefined {
  const address = read('http.addr', net, addr ?? (net === 'tcp' ? ':5000' : ''), findings);
  if (debug.addr === undefined) return address === undefined ? undefined : { address, debug: undefined };
  const debugAddress = read('http.debug.addr', 'tcp', debug.addr, findings);
  return address === undefined || debugAddress === undefined ? undefined : { address, debug: debugAddress };
}

function read(
  key: string,
  net: 'tcp' | 'unix',
  spelt: string,
  findings: Findings,
): ListenAddress | undefined {
  const address = parseAddress(net, spelt);
  const wanted = net === 'tcp' ? 'must be host:port, such as 127.0.0.1:5000' : 'must be an absolute path';
  if (address === undefined) findings.error(key, wanted);
  return address;
}

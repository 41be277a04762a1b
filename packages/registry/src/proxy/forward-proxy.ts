import { BlockList, isIP } from 'node:net';

/** The HTTP proxies on the way to the upstream, as the environment names them: `HTTP_PROXY`, `HTTPS_PROXY`, `NO_PROXY`. */
export interface ForwardProxies {
  /** For http. */
  readonly http?: string | undefined;
  /** For https. */
  readonly https?: string | undefined;
  /** Hosts that are reached without them, with commas between. */
  readonly no?: string | undefined;
}

/** Finds the proxy on the way to a URL; undefined: there is none. */
export type FindForwardProxy = (url: URL) => URL | undefined;

/**
 * As Distribution's language has it (golang.org/x/net/http/httpproxy): a proxy without a scheme is one of http, this machine is always
 * reached directly, and `NO_PROXY` has domains with all below them, `.domain` for those below alone, addresses and networks, each but a network
 * with a port perhaps, or `*`.
 *
 * @throws RangeError for a proxy that is no URL of http or https; the message says which, and not what is there: that may hold a password
 */
export function createFindForwardProxy({ http, https, no = '' }: ForwardProxies): FindForwardProxy {
  const proxies = { 'http:': parseProxy('HTTP_PROXY', http), 'https:': parseProxy('HTTPS_PROXY', https) };
  const exceptions = no
    .split(',')
    .map((entry) => entry.trim().toLowerCase())
    .filter((entry) => entry !== '')
    .map(parseException);
  return (url) => {
    const proxy = url.protocol === 'https:' ? proxies['https:'] : proxies['http:'];
    if (proxy === undefined) return undefined;
    const host = url.hostname.replace(/^\[(.*)\]$/, '$1').toLowerCase();
    const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port;
    return isThisMachine(host) || exceptions.some((matches) => matches(host, port)) ? undefined : proxy;
  };
}

function parseProxy(name: string, value: string | undefined): URL | undefined {
  if (value === undefined || value === '') return undefined;
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `http://${value}`);
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  throw new RangeError(`${name} must be the URL of an HTTP proxy`);
}

type Exception = (host: string, port: string) => boolean;

function parseException(entry: string): Exception {
  if (entry === '*') return () => true;
  const network = parseNetwork(entry);
  if (network !== undefined) return network;
  const [, bracketed, plain, port] =
    /^(?:\[([^\]]*)\]|(.*?))(?::([0-9]+))?$/.exec(isIP(entry) === 6 ? `[${entry}]` : entry) ?? [];
  const name = bracketed ?? plain ?? '';
  const isPort: (actual: string) => boolean = (actual) => port === undefined || port === actual;
  if (isIP(name) !== 0) return (host, actual) => host === name && isPort(actual);
  const domain = name.replace(/^\*?\./, '');
  const isBelowOnly = domain !== name;
  return (host, actual) =>
    isPort(actual) && (host.endsWith(`.${domain}`) || (!isBelowOnly && host === domain));
}

function parseNetwork(entry: string): Exception | undefined {
  const [address = '', bits] = entry.split('/');
  const version = isIP(address);
  if (bits === undefined || version === 0 || !/^[0-9]{1,3}$/.test(bits)) return undefined;
  if (Number(bits) > (version === 4 ? 32 : 128)) return undefined;
  const list = new BlockList();
  list.addSubnet(address, Number(bits), familyOf(address));
  return (host) => isIP(host) !== 0 && list.check(host, familyOf(host));
}

function isThisMachine(host: string): boolean {
  return host === 'localhost' || (isIP(host) !== 0 && LOOPBACK.check(host, familyOf(host)));
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 4 ? 'ipv4' : 'ipv6';
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

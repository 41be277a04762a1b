/** A TCP address, or a Unix socket. Without a host: every interface. */
export type ListenAddress =
  { readonly host: string | undefined; readonly port: number } | { readonly path: string };

/** Reads Go's form of an address: `127.0.0.1:5000`, `:5000`, `[::1]:5000`, `localhost:5000`. */
export function parseAddress(net: 'tcp' | 'unix', address: string): ListenAddress | undefined {
  if (net === 'unix') return address.startsWith('/') ? { path: address } : undefined;
  const [, bracketed, plain, port = ''] =
    /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s]*)):(\d{1,5})$/.exec(address) ?? [];
  const host = bracketed ?? plain;
  if (host === undefined || Number(port) > 65_535) return undefined;
  return { host: host === '' ? undefined : host, port: Number(port) };
}

/** Whether only this machine can reach the address. */
export function isLoopback(address: ListenAddress): boolean {
  return 'path' in address || /^(127\.\d+\.\d+\.\d+|::1|localhost)$/.test(address.host ?? '');
}

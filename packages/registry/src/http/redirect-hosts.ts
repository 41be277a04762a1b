/**
 * Whether a client may be sent to a URL: http or https, whatever the driver says, and one of the hosts if there is a
 * list.
 *
 * @param hosts - `host`, of any port; `host:port`; or `*.domain`, for every host below it
 */
export function isAllowedRedirect(url: string, hosts: readonly string[] | undefined): boolean {
  const parsed = URL.parse(url);
  if (parsed === null || !/^https?:$/.test(parsed.protocol)) return false;
  const { host, hostname } = parsed;
  return hosts?.some((allowed) => matches(allowed.toLowerCase(), host, hostname)) ?? true;
}

function matches(allowed: string, host: string, hostname: string): boolean {
  if (allowed.startsWith('*.')) return hostname.endsWith(allowed.slice(1));
  return allowed === host || allowed === hostname;
}

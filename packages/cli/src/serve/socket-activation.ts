import { EXIT } from '../exit-codes.js';
import { CommandError } from '../failure.js';

/** The first descriptor that systemd passes on (sd_listen_fds(3)). */
const FIRST_FD = 3;

/**
 * The socket that systemd listens on already, if it has started this process for it. It replaces `http.addr`, as in
 * Distribution.
 *
 * @throws CommandError when there is more than one
 */
export function inheritedSocket(
  environment: Readonly<Record<string, string | undefined>>,
  pid: number = process.pid,
): { readonly fd: number } | undefined {
  const { LISTEN_PID, LISTEN_FDS } = environment;
  // Meant for another process, which has passed its environment on.
  if (LISTEN_PID !== String(pid) || LISTEN_FDS === undefined || LISTEN_FDS === '0') return undefined;
  if (LISTEN_FDS === '1') return { fd: FIRST_FD };
  throw new CommandError(`systemd passes ${LISTEN_FDS} sockets, only 1 is expected`, EXIT.unavailable);
}

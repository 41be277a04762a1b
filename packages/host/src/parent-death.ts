import { execa } from 'execa';

/** Programs that come with the system, not from a PATH that somebody may have set. */
const SETPRIV = '/usr/bin/setpriv';
const OPTIONS = ['--pdeathsig', 'KILL', '--'];
/** No signal comes for a parent that died before it was asked for: whoever has another one by now was started by a host that is gone. */
const ONLY_BELOW = ['/bin/sh', '-c', 'unset PWD OLDPWD; [ "$PPID" = "$0" ] && exec "$@"'];

/** What goes before a driver's command so that it dies with the host's thread that started it; empty where there is no such thing. */
export type ParentDeathPrefix = readonly string[];

/**
 * util-linux' setpriv sets the parent-death signal, then becomes the driver by way of a shell that looks whether the host still is
 * there: about 3 ms at the start and no process more.
 * An extra: the watchdog does the work where it is absent, and for grandchildren.
 */
export async function findParentDeathPrefix(): Promise<ParentDeathPrefix> {
  if (process.platform !== 'linux') return [];
  const prefix = [...OPTIONS, ...ONLY_BELOW, String(process.pid)];
  const { failed } = await execa(SETPRIV, [...prefix, '/bin/true'], {
    reject: false,
    extendEnv: false,
    stdio: 'ignore',
    timeout: 2_000,
  });
  return failed ? [] : [SETPRIV, ...prefix];
}

import { execa } from 'execa';

/** Programs that come with the system, not from a PATH that somebody may have set. */
const SETPRIV = '/usr/bin/setpriv';
const OPTIONS = ['--pdeathsig', 'KILL', '--'];

/** What goes before a driver's command so that it dies with the host's thread that started it; empty where there is no such thing. */
export type ParentDeathPrefix = readonly string[];

/**
 * util-linux' setpriv sets the parent-death signal, then becomes the driver: about 2 ms at the start and no process more.
 * An extra: the watchdog does the work where it is absent, and for grandchildren.
 */
export async function findParentDeathPrefix(): Promise<ParentDeathPrefix> {
  if (process.platform !== 'linux') return [];
  const { failed } = await execa(SETPRIV, [...OPTIONS, '/bin/true'], {
    reject: false,
    extendEnv: false,
    stdio: 'ignore',
    timeout: 2_000,
  });
  return failed ? [] : [SETPRIV, ...OPTIONS];
}

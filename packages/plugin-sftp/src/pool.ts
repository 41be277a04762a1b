import { setTimeout as sleep } from 'node:timers/promises';
import type { Access } from './access.js';
import type { Connection } from './connect.js';
import { connect } from './connect.js';
import { ConnectionLostError } from './errors.js';
import type { Session } from './session.js';

/** The connections to the server: one at first, more while it is busy. */
export interface Pool {
  /** The one that is least busy. Where there is none it is made, unless that failed a moment ago. */
  session(): Promise<Session>;
  close(): Promise<void>;
}

const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 10_000;
/** Who has to wait longer for the next attempt hears at once why the last one failed. */
const PATIENCE_MS = 1000;

/** @param isFit - throws where a server lacks what the driver cannot do without */
export function createPool(access: Access, isFit: (session: Session) => void): Pool {
  const connections = new Set<Connection>();
  let connecting: Promise<Session> | undefined;
  let lastFailure: unknown;
  let failures = 0;
  let notBefore = 0;
  let isClosed = false;
  const closing = new AbortController();

  const open = async (): Promise<Session> => {
    const connection = await connect(access);
    const { session } = connection;
    try {
      isFit(session);
      if (isClosed) throw new ConnectionLostError('the driver was closed');
    } catch (error) {
      connection.close();
      throw error;
    }
    connections.add(connection);
    void connection.ended.then(() => connections.delete(connection));
    return session;
  };
  const attempt = async (): Promise<Session> => {
    const pause = notBefore - performance.now();
    if (pause > PATIENCE_MS) throw lastFailure;
    if (pause > 0) await sleep(pause, undefined, { signal: closing.signal });
    try {
      const session = await open();
      failures = 0;
      notBefore = 0;
      return session;
    } catch (error) {
      lastFailure = error;
      const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** failures++);
      // Half of it is by chance, so that many drivers do not come back at one moment.
      notBefore = performance.now() + (longest / 2) * (1 + Math.random());
      throw error;
    }
  };
  const connectOnce = (): Promise<Session> => {
    if (isClosed) return Promise.reject(new ConnectionLostError('the driver was closed'));
    connecting ??= attempt().finally(() => (connecting = undefined));
    return connecting;
  };

  return {
    session() {
      const open = [...connections].map(({ session }) => session).filter(({ isOpen }) => isOpen);
      const [first, ...others] = open;
      if (first === undefined) return connectOnce();
      const best = others.reduce((least, session) => (session.load < least.load ? session : least), first);
      // Its failure is told by whoever has no connection.
      if (best.load > 0 && open.length < access.config.maxConnections && notBefore < performance.now())
        void connectOnce().catch(() => undefined);
      return Promise.resolve(best);
    },
    async close() {
      isClosed = true;
      closing.abort();
      await connecting?.catch(() => undefined);
      const all = [...connections];
      for (const connection of all) connection.close();
      await Promise.all(all.map(({ ended }) => ended));
    },
  };
}

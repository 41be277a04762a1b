import { stat } from 'node:fs/promises';
import type { TlsOptions } from 'node:tls';
import type { Logger } from '@outrigger/registry';

export interface TlsReload {
  /** Files to look at. */
  readonly paths: readonly string[];
  /** Reads and checks them anew. */
  readonly load: () => Promise<TlsOptions>;
  readonly apply: (options: TlsOptions) => void;
  readonly log: Logger;
  /** Default: 10 seconds. */
  readonly intervalMs?: number;
}

export interface TlsReloader {
  /** Looks now, whatever the files look like. Never rejects. */
  reload(): Promise<void>;
  close(): void;
}

const INTERVAL_MS = 10_000;

/**
 * Takes new certificates without a restart: when a file has changed, and at a SIGHUP. Connections that are open go on
 * with what they have. Files that are not right leave the old ones in use.
 */
export async function watchTls(options: TlsReload): Promise<TlsReloader> {
  const { paths, load, apply, log, intervalMs = INTERVAL_MS } = options;
  let seen = await fingerprint(paths);
  const reload = async () => {
    seen = await fingerprint(paths);
    try {
      apply(await load());
      log.info({ files: paths }, 'the certificate was loaded again');
    } catch (error) {
      log.error({ err: error }, 'the new certificate is not used, the old one stays');
    }
  };
  const check = async () => {
    if ((await fingerprint(paths)) !== seen) await reload();
  };
  const timer = setInterval(() => void check(), intervalMs);
  timer.unref();
  const onHangUp = () => void reload();
  process.on('SIGHUP', onHangUp);
  return {
    reload,
    close() {
      clearInterval(timer);
      process.off('SIGHUP', onHangUp);
    },
  };
}

/** Changes when a file does, also one behind a symbolic link: that is how Kubernetes and certbot replace them. */
async function fingerprint(paths: readonly string[]): Promise<string> {
  const stats = await Promise.all(
    paths.map((path) =>
      stat(path, { bigint: true }).then(
        ({ ino, size, mtimeNs, ctimeNs }) => [ino, size, mtimeNs, ctimeNs].join(':'),
        () => 'gone',
      ),
    ),
  );
  return stats.join(' ');
}

import type { DeniedObserver, EventListener, Logger, RegistryEvent } from '@outrigger/registry';
import { cleanText } from '@outrigger/host';
import { destination } from 'pino';
import type { Config } from '../config/config.js';
import { EXIT } from '../exit-codes.js';
import { CommandError } from '../failure.js';
import { maskSecrets } from '../log/mask-secrets.js';

/** One thing that was done to content or to the driver that holds it, or that somebody was kept from doing. */
export interface AuditEntry {
  readonly action: 'push' | 'delete' | 'mount' | 'denied' | 'gc' | 'reload';
  readonly result: 'ok' | 'denied' | 'failed';
  /** Absent: nobody who said a name, or the registry itself. */
  readonly user?: string | undefined;
  readonly remote?: string | undefined;
  readonly repository?: string | undefined;
  readonly digest?: string | undefined;
  readonly tag?: string | undefined;
  readonly mediaType?: string | undefined;
  /** Bytes. */
  readonly size?: number | undefined;
  readonly from?: string | undefined;
  readonly method?: string | undefined;
  readonly agent?: string | undefined;
  readonly reason?: string | undefined;
  /** A driver, the file that runs, its version and that of the one before. */
  readonly driver?: string | undefined;
  readonly path?: string | undefined;
  readonly version?: string | undefined;
  readonly former?: string | undefined;
  /** By which the other logs and the client know the request. */
  readonly request?: string | undefined;
}

export interface AuditLog {
  record(entry: AuditEntry): void;
  /** Pushes, mounts and deletes. */
  readonly listener: EventListener;
  readonly onDenied: DeniedObserver;
  close(): void;
}

/** After logrotate has moved the file. A handler of SIGUSR1 also keeps Node from opening its inspector. */
const REOPEN_SIGNALS = ['SIGHUP', 'SIGUSR1'] as const;

/**
 * The audit log: a line of JSON for each push, mount and delete, each refusal, each deletion by garbage collection, and each storage driver that is replaced. It goes
 * to a file of its own, mode 0600, which is only ever appended to, or among the lines of the log.
 *
 * @throws CommandError the file cannot be written
 */
export async function openAuditLog({ file }: Config['auditLog'], log: Logger): Promise<AuditLog> {
  const sink = file === undefined ? toLog(log) : await toFile(file, log);
  const record = (entry: AuditEntry) => {
    sink.write({ ...entry });
  };
  return {
    record,
    close: () => {
      sink.close();
    },
    listener: { actions: ['push', 'mount', 'delete'], listen: (event) => record(fromEvent(event)) },
    onDenied: ({ code, reason, user, remote, method, requestId, route }) => {
      // How clients learn that they need to authenticate: nobody was refused yet.
      if (code === 'MISSING') return;
      const repository = route !== undefined && 'name' in route ? route.name : undefined;
      record({
        action: 'denied',
        result: 'denied',
        user,
        remote,
        repository,
        method,
        reason,
        request: requestId,
      });
    },
  };
}

function fromEvent({ action, target, request, actor, reason }: RegistryEvent): AuditEntry {
  const { repository, digest, tag, mediaType, size, fromRepository: from } = target;
  return {
    action: action === 'pull' ? 'push' : action,
    result: 'ok',
    user: actor.name,
    // The registry itself has none.
    remote: request.addr === '' ? undefined : request.addr,
    repository,
    digest,
    tag,
    mediaType,
    size,
    from,
    method: request.method,
    agent: request.useragent.slice(0, 512),
    reason,
    request: request.id,
  };
}

interface Sink {
  write(entry: Readonly<Record<string, unknown>>): void;
  close(): void;
}

function toLog(log: Logger): Sink {
  return { write: (entry) => log.info({ audit: entry }, 'audit'), close: () => undefined };
}

async function toFile(file: string, log: Logger): Promise<Sink> {
  const stream = destination({ dest: file, append: true, sync: false, mkdir: true, mode: 0o600 });
  await new Promise<void>((resolve, reject) => {
    stream.once('ready', () => resolve());
    stream.once('error', (error: Error) => {
      reject(new CommandError(`outrigger.auditLog.file: ${file} cannot be written`, EXIT.config, error));
    });
  });
  stream.on('error', (error: Error) => log.error({ err: error }, 'the audit log cannot be written'));
  const reopen = () => {
    stream.reopen();
  };
  for (const signal of REOPEN_SIGNALS) process.on(signal, reopen);
  return {
    write: (entry) => {
      const line = JSON.stringify({ time: new Date().toISOString(), ...entry });
      stream.write(`${cleanText(maskSecrets(line))}\n`);
    },
    close: () => {
      for (const signal of REOPEN_SIGNALS) process.off(signal, reopen);
      stream.flushSync();
      stream.end();
    },
  };
}

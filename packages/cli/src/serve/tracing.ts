import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FileWriter, StorageDriver } from '@outrigger/driver';
import { commitTo, unsupported } from '@outrigger/driver';
import { requestId } from '@outrigger/registry';
import type { Tracing } from '@outrigger/telemetry';

type Handle = (req: IncomingMessage, res: ServerResponse) => void;

/** Every request as a span, below that of its client if it says so (W3C Trace Context). The query stays out: it holds tokens. */
export function traceRequests(handle: Handle, tracing: Tracing): Handle {
  return (req, res) => {
    const { traceparent } = req.headers;
    const path = (req.url ?? '').split('?', 1)[0]?.slice(0, MAX_PATH) ?? '';
    const attributes = {
      'http.request.method': req.method,
      'url.path': path,
      'client.address': req.socket.remoteAddress,
      'user_agent.original': req.headers['user-agent']?.slice(0, MAX_PATH),
      'outrigger.request_id': requestId(req),
    };
    const options = {
      kind: 'server' as const,
      attributes,
      ...(typeof traceparent === 'string' ? { traceparent } : {}),
    };
    void tracing.span(`${req.method ?? ''} ${path}`, options, async (span) => {
      const closed = new Promise((resolve) => res.once('close', resolve));
      handle(req, res);
      await closed;
      span.set({ 'http.response.status_code': res.statusCode });
      if (res.statusCode >= 500) span.fail(String(res.statusCode));
    });
  };
}

const MAX_PATH = 512;

/** The driver with every call as a span; what crosses into the driver's process carries its context. */
export function traceDriver(driver: StorageDriver, tracing: Tracing): StorageDriver {
  const call = <T>(action: string, path: string, run: () => Promise<T>): Promise<T> =>
    tracing.span(
      `${driver.name} ${action}`,
      {
        kind: 'client',
        answers: ['PATH_NOT_FOUND'],
        attributes: { 'outrigger.driver': driver.name, 'outrigger.path': path },
      },
      run,
    );
  return {
    get name() {
      return driver.name;
    },
    get capabilities() {
      return driver.capabilities;
    },
    stat: (path, options) => call('stat', path, () => driver.stat(path, options)),
    list: (path, options) => call('list', path, () => driver.list(path, options)),
    get: (path, options) => call('get', path, () => driver.get(path, options)),
    put: (path, content, options) => call('put', path, () => driver.put(path, content, options)),
    reader: (path, options) => call('reader', path, () => driver.reader(path, options)),
    writer: async (path, options) =>
      traceWriter(await call('writer', path, () => driver.writer(path, options)), (action, run) =>
        call(action, path, run),
      ),
    move: (source, destination, options) =>
      call('move', source, () => driver.move(source, destination, options)),
    delete: (path, options) => call('delete', path, () => driver.delete(path, options)),
    walk: (path, options) => call('walk', path, () => driver.walk?.(path, options) ?? absent('walk', path)),
    copy: (source, destination, options) =>
      call('copy', source, () => driver.copy?.(source, destination, options) ?? absent('copy', source)),
    redirectURL: (path, request) =>
      call('redirectURL', path, () => driver.redirectURL?.(path, request) ?? Promise.resolve(null)),
    localFile: (path, options) =>
      call('localFile', path, () => driver.localFile?.(path, options) ?? absent('local files', path)),
    close: () => driver.close(),
  };
}

function absent(what: string, path: string): Promise<never> {
  return Promise.reject(unsupported(what, path));
}

/** Its end is what may be long; a span for each piece of content would be noise. */
function traceWriter(
  writer: FileWriter,
  call: <T>(action: string, run: () => Promise<T>) => Promise<T>,
): FileWriter {
  return {
    get size() {
      return writer.size;
    },
    write: (chunk) => writer.write(chunk),
    commit: () => call('writer.commit', () => writer.commit()),
    ...(writer.commitTo && { commitTo: (to) => call('writer.commit', () => commitTo(writer, to)) }),
    close: () => call('writer.close', () => writer.close()),
    cancel: () => call('writer.cancel', () => writer.cancel()),
  };
}

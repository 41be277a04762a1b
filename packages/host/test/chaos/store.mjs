import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { once } from 'node:events';
import { createConnection } from 'node:net';
import { dirname, join } from 'node:path';
import { sip } from './frames.mjs';

export class Fault extends Error {
  constructor(number, data) {
    super(data.code);
    this.number = number;
    this.data = data;
  }
}

/** The operations over files below `root`, as simply as can be. */
export function createStore(root, session) {
  const local = (path) => join(root, 'store', path);
  const writers = new Map();
  let lastWriter = 0;
  const need = (path) => {
    if (!existsSync(local(path))) throw new Fault(1001, { code: 'PATH_NOT_FOUND', path });
    return statSync(local(path));
  };
  const facts = (path) => {
    const stats = need(path);
    const modTime = Math.trunc(stats.mtimeMs);
    return {
      size: stats.size,
      modTime,
      ...(session.unversioned ? {} : { version: `${stats.ino}-${stats.mtimeMs}` }),
    };
  };
  const make = (path) => mkdirSync(dirname(local(path)), { recursive: true });
  const dial = (token, head) =>
    new Promise((resolve, reject) => {
      const socket = createConnection({ path: session.socketPath, allowHalfOpen: true }, () => {
        socket.write(`${JSON.stringify({ token, ...head })}\n`);
        resolve(socket);
      });
      socket.on('error', reject);
    });

  return {
    ping: () => ({}),
    shutdown: () => ({}),
    stat: ({ path }) => {
      const stats = need(path);
      const isDir = stats.isDirectory();
      return { path, ...facts(path), isDir, ...(isDir ? { size: 0 } : {}) };
    },
    list: ({ path }) => {
      need(path);
      return {
        entries: readdirSync(local(path))
          .sort()
          .map((name) => ({ path: `${path === '/' ? '' : path}/${name}` })),
      };
    },
    get: ({ path }) => {
      const { size, ...rest } = facts(path);
      return {
        ...rest,
        size,
        ...(size > 32768 ? {} : { content: readFileSync(local(path)).toString('base64') }),
      };
    },
    put: ({ path, content }) => {
      make(path);
      writeFileSync(local(path), Buffer.from(content, 'base64'));
      return {};
    },
    read: async ({ path, offset, length, plane, token, ifMatch }) => {
      const about = facts(path);
      if (ifMatch !== undefined && ifMatch !== about.version)
        throw new Fault(1007, { code: 'UNAVAILABLE', retryable: false, path });
      const content = readFileSync(local(path)).subarray(
        offset,
        length === undefined ? undefined : offset + length,
      );
      if (plane === 'inline') return { data: content.toString('base64'), ...about };
      const dies = session.diesWithin(content.length);
      const sent = content.subarray(0, dies ? session.dieByte : content.length - session.short);
      const socket = await dial(token, about);
      if (sent.length > 0) await new Promise((resolve) => socket.write(sent, resolve));
      if (dies) session.die();
      socket.end();
      return { bytes: sent.length + session.lie, ...about };
    },
    'writer/open': ({ path, mode }) => {
      make(path);
      if (mode === 'append') need(path);
      else writeFileSync(local(path), '');
      const writer = String(++lastWriter);
      writers.set(writer, path);
      return { writer, size: statSync(local(path)).size };
    },
    'writer/write': async ({ writer, offset, data, token }) => {
      const path = local(writers.get(writer));
      const size = statSync(path).size;
      if (offset !== size) throw new Fault(1003, { code: 'INVALID_OFFSET', offset, size });
      if (data !== undefined) writeFileSync(path, Buffer.from(data, 'base64'), { flag: 'a' });
      else {
        const socket = await dial(token, {});
        if (session.isSipped(writers.get(writer))) {
          sip(socket);
          await once(socket, 'end');
        }
        for await (const chunk of socket) {
          writeFileSync(path, chunk, { flag: 'a' });
          if (session.diesWithin(statSync(path).size)) session.die();
        }
        socket.end();
      }
      return { size: statSync(path).size };
    },
    'writer/commit': ({ writer, to }) => {
      const from = local(writers.get(writer));
      const { size } = statSync(from);
      if (to !== undefined) renameSync(from, local(to));
      return { size };
    },
    'writer/close': ({ writer }) => ({ size: statSync(local(writers.get(writer))).size }),
    'writer/cancel': ({ writer }) => {
      rmSync(local(writers.get(writer)));
      return {};
    },
    move: ({ source, destination }) => {
      need(source);
      make(destination);
      renameSync(local(source), local(destination));
      return {};
    },
    delete: ({ path }) => {
      need(path);
      rmSync(local(path), { recursive: true });
      return {};
    },
  };
}

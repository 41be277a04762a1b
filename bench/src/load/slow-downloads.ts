import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { ContentSource } from '../content.js';
import { Connection } from '../http/connection.js';
import { pushBlob } from '../registry-client.js';
import type { Load } from './load.js';
import { atLeast, atMost } from './load.js';
import { startProbe } from './probe.js';
import { startLoaded } from './subject.js';

const MIB = 1024 * 1024;
const TICK_MS = 100;

/** L02: clients that read slowly do not fill the memory. */
export const slowDownloads: Load = {
  name: 'L02',
  title: 'slow downloads of one large blob',
  options: ['--downloads 200', '--size 1024 (MiB)', '--rate 256 (KiB/s of each)', '--seconds 60'],
  async run({ number, print }) {
    const [count, seconds] = [number('downloads', 200), number('seconds', 60)];
    const rate = number('rate', 256) * 1024;
    const server = await startLoaded();
    try {
      const content = new ContentSource(number('size', 1024) * MIB).next();
      const connection = await Connection.open(server.port);
      await pushBlob(connection, 'load/slow', content);
      connection.close();
      const probe = startProbe(server.port, '/v2/', TICK_MS);
      const readers = Array.from({ length: count }, () =>
        startReader(server.port, `/v2/load/slow/blobs/${content.digest}`, rate),
      );
      await delay(seconds * 1000);
      const { host, driver } = server.growth();
      const results = readers.map((reader) => reader.stop());
      const { p99Ms, errors } = await probe.stop();
      const total = results.reduce((sum, { bytes }) => sum + bytes, 0);
      const slowest = Math.min(...results.map(({ bytes }) => bytes));
      print(
        `${(total / MIB).toFixed(0)} MiB read by ${count}, the slowest ${(slowest / MIB).toFixed(1)} MiB`,
      );
      return [
        atMost('downloads that broke', 0, results.filter(({ broken }) => broken).length, ''),
        atMost('host and driver over idle', 400, host + driver, 'MiB'),
        atLeast('least that a client read', (rate * seconds * 0.5) / MIB, slowest / MIB, 'MiB'),
        atMost('GET /v2/ of others, errors', 0, errors, ''),
        atMost('GET /v2/ of others, p99', 50, p99Ms, 'ms'),
      ];
    } finally {
      await server.stop();
    }
  },
};

interface SlowReader {
  stop(): { bytes: number; broken: boolean };
}

/** Takes no more than `rate` bytes a second; what the kernel buffers is not under its control. */
function startReader(port: number, path: string, rate: number): SlowReader {
  const socket: Socket = connect({ host: '127.0.0.1', port });
  let bytes = 0;
  let broken = false;
  const begin = performance.now();
  socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
  socket.on('data', (data) => {
    bytes += data.length;
    if (bytes > allowance()) socket.pause();
  });
  socket.on('error', () => (broken = true));
  socket.on('end', () => (broken = true));
  const timer = setInterval(() => {
    if (socket.isPaused() && bytes <= allowance()) socket.resume();
  }, TICK_MS);
  const allowance = () => ((performance.now() - begin) / 1000) * rate;
  return {
    stop() {
      clearInterval(timer);
      const result = { bytes, broken };
      socket.destroy();
      return result;
    },
  };
}

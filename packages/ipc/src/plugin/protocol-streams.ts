import { fstatSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';

/**
 * stdin and stdout for the protocol alone: whatever else the program prints, by console.log for instance, goes to
 * stderr from now on, where it is a line of the log.
 */
export function takeProtocolStreams(): { input: Readable; output: Writable } {
  const output = isPipe(1) ? new Socket({ fd: 1, readable: false, writable: true }) : rawStdout();
  process.stdout.write = process.stderr.write.bind<typeof process.stdout.write>(process.stderr);
  return { input: process.stdin, output };
}

/** Pipes of process.stdout block on Linux; a socket of our own does not. */
function isPipe(fd: number): boolean {
  const kind = fstatSync(fd);
  return kind.isFIFO() || kind.isSocket();
}

/** A terminal or a file, when somebody tries a driver by hand. */
function rawStdout(): Writable {
  const write = process.stdout.write.bind(process.stdout);
  return new Proxy(process.stdout, {
    get: (target, key) => (key === 'write' ? write : (Reflect.get(target, key) as unknown)),
  });
}

import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { onTestFinished } from 'vitest';

/** A connection whose client reads only when it is told to. */
export interface RawClient {
  readonly socket: Socket;
  /** Resolves when the system has taken all of it; rejects when the connection is gone. */
  send(data: string | Buffer): Promise<void>;
  /** Reads until the connection has ended, in whatever way. */
  readAll(): Promise<string>;
}

export function openRaw(port: number): RawClient {
  const socket = connect({ port, host: '127.0.0.1' }).pause();
  socket.on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  return {
    socket,
    send: (data) =>
      new Promise((resolve, reject) => {
        socket.write(data, (error) => {
          if (error) reject(error);
          else resolve();
        });
      }),
    readAll: () =>
      new Promise((resolve) => {
        const chunks: Buffer[] = [];
        socket.on('data', (chunk: Buffer) => chunks.push(chunk));
        socket.once('close', () => {
          resolve(Buffer.concat(chunks).toString('latin1'));
        });
        socket.resume();
      }),
  };
}

/** Sends bytes as they are, and answers all that comes back until the end of the connection. */
export async function sendRaw(port: number, data: string | Buffer): Promise<string> {
  const client = openRaw(port);
  const answer = client.readAll();
  await client.send(data).catch(() => undefined);
  return answer;
}

export function statusOf(answer: string): number {
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]);
}

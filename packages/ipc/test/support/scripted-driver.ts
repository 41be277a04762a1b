import { once } from 'node:events';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import type { ConnectDriverOptions } from '../../src/host/connect-driver.js';
import { connectDriver } from '../../src/host/connect-driver.js';
import type { RemoteDriver } from '../../src/host/remote-driver.js';
import { FrameParser } from '../../src/framing/frame-parser.js';
import type { RpcMessage } from '../../src/framing/message.js';
import { LIMITS } from '../../src/protocol/limits.js';
import type { Channel } from './channel.js';
import { memoryChannel } from './channel.js';
import { frame } from './frames.js';
import { HOST } from './pair.js';
import { temporaryDirectory } from './temporary-directory.js';

export interface Message extends RpcMessage {
  readonly params?: Record<string, unknown>;
}

/** The driver's end of a channel, by hand: says what the test says, lies included. */
export class ScriptedDriver {
  readonly received: Message[] = [];
  readonly channel: Channel;
  readonly #arrived: Message[] = [];
  #wake: () => void = () => undefined;
  #hasEnded = false;

  constructor(channel: Channel = memoryChannel()) {
    this.channel = channel;
    const parser = new FrameParser(LIMITS, (value) => {
      this.received.push(value as Message);
      this.#arrived.push(value as Message);
      this.#wake();
    });
    channel.driver.input.on('data', (chunk: Buffer) => {
      parser.push(chunk);
    });
    channel.driver.input.on('end', () => {
      this.#hasEnded = true;
      this.#wake();
    });
  }

  /** The next message of the host with this method. */
  async next(method: string): Promise<Message> {
    for (;;) {
      const index = this.#arrived.findIndex((message) => message.method === method);
      const [message] = index === -1 ? [] : this.#arrived.splice(index, 1);
      if (message !== undefined) return message;
      if (this.#hasEnded) throw new Error(`the host ended before it sent ${method}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  send(value: unknown): void {
    this.channel.driver.output.write(frame(value));
  }

  sendBytes(bytes: string | Uint8Array): void {
    this.channel.driver.output.write(bytes);
  }

  answer(request: Message, result: unknown): void {
    this.send({ jsonrpc: '2.0', id: request.id, result });
  }

  refuse(request: Message, code: number, data?: unknown, message = 'refused'): void {
    this.send({ jsonrpc: '2.0', id: request.id, error: { code, message, data } });
  }

  end(): void {
    this.channel.driver.output.end();
  }
}

export const ANSWER = {
  protocolVersion: 1,
  driver: { name: 'scripted', version: '1.2.3' },
  capabilities: {},
  dataPlanes: ['inline', 'socket', 'file'],
};

export interface Scripted {
  readonly remote: RemoteDriver;
  readonly driver: ScriptedDriver;
  readonly directory: string;
  readonly socketPath: string;
  /** Dials the host's data socket and sends bytes. */
  readonly dial: (...bytes: readonly (string | Uint8Array)[]) => Promise<Socket>;
}

/** A host that has shaken hands with a driver that the test plays. */
export async function connectScripted(
  options: Partial<Omit<ConnectDriverOptions, 'input' | 'output'>> & {
    answer?: object;
    answerWith?: (request: Message) => object;
    channel?: Channel;
  } = {},
): Promise<Scripted> {
  const { answer = {}, answerWith = () => ({ ...ANSWER, ...answer }), channel, ...more } = options;
  const driver = new ScriptedDriver(channel);
  const directory = more.directory ?? (await temporaryDirectory());
  const connecting = connectDriver({
    ...driver.channel.host,
    name: 'scripted',
    parameters: {},
    host: HOST,
    ...more,
    directory,
  });
  const request = await driver.next('initialize');
  driver.answer(request, answerWith(request));
  const remote = await connecting;
  onTestFinished(() => remote.close());
  const socketPath = String(request.params?.socketPath);
  return { remote, driver, directory, socketPath, dial: (...bytes) => dial(socketPath, bytes) };
}

export async function dial(path: string, bytes: readonly (string | Uint8Array)[] = []): Promise<Socket> {
  const socket = connect({ path, allowHalfOpen: true });
  socket.on('error', () => undefined);
  onTestFinished(() => {
    socket.destroy();
  });
  await once(socket, 'connect');
  for (const each of bytes) socket.write(each);
  return socket;
}

export function preamble(token: unknown, more: object = {}): string {
  return `${JSON.stringify({ token, ...more })}\n`;
}

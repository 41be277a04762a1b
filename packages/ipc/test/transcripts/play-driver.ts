import { PassThrough } from 'node:stream';
import type { RemoteDriver } from '../../src/host.js';
import { connectDriver } from '../../src/host.js';
import type { RpcMessage } from '../../src/index.js';
import { initialize } from '../../src/protocol/initialize.js';
import { readMessages, toFrame } from './message-queue.js';
import type { MessageQueue } from './message-queue.js';
import type { Memory } from './pattern.js';
import { createMemory, differences, toValue } from './pattern.js';
import type { DriverStep, Transcript } from './transcript.js';

/** What the host's user does while the driver's part is played. */
export type HostScript = (connect: () => Promise<RemoteDriver>) => Promise<unknown>;

/** Plays the driver's part of a transcript against our host, which runs the script. Rejects with the first difference. */
export async function playDriver(transcript: Transcript, script: HostScript): Promise<void> {
  const [toHost, toDriver] = [new PassThrough(), new PassThrough()];
  const requests = readMessages(toDriver);
  const memory = createMemory();
  const { limits, parameters } = offerOf(transcript, memory);
  let driver: RemoteDriver | undefined;
  const connect = async () => {
    driver = await connectDriver({
      input: toHost,
      output: toDriver,
      name: 'recorded',
      parameters,
      host: { name: 'test', version: '0.0.0' },
      dataPlanes: ['inline'],
      limits,
    });
    return driver;
  };
  try {
    await Promise.all([script(connect), playSteps(transcript, { requests, toHost, toDriver, memory })]);
    if (requests.waiting > 0) throw new Error(`the host sent more: ${JSON.stringify(await requests.next())}`);
  } finally {
    await driver?.close();
    toHost.destroy();
    toDriver.destroy();
  }
}

/** The limits and parameters that the transcript's host sends. */
function offerOf(transcript: Transcript, memory: Memory) {
  const [first] = transcript.steps;
  if (first?.from !== 'host' || !('message' in first))
    throw new Error('a transcript of a host starts with initialize');
  const { limits, parameters = {} } = initialize.params.parse(toValue(first.message.params, memory));
  return { limits, parameters };
}

interface Ends {
  readonly requests: MessageQueue;
  readonly toHost: PassThrough;
  readonly toDriver: PassThrough;
  readonly memory: Memory;
}

async function playSteps(transcript: Transcript, ends: Ends): Promise<void> {
  for (const step of transcript.steps) {
    if (step.from === 'driver') sendStep(step, ends);
    else if ('message' in step) expectRequest(step.message, await ends.requests.next(), ends.memory);
    else if ('closes' in step) await ended(ends);
  }
}

function sendStep(step: DriverStep, { toHost, memory }: Ends): void {
  if ('exits' in step) toHost.end();
  else if ('bytes' in step) toHost.write(step.bytes);
  else {
    const messages = 'message' in step ? [step.message] : step.anyOrder;
    for (const message of messages) toHost.write(toFrame(withWireId(toValue(message, memory), memory)));
  }
}

/** The host chooses its ids: those of the transcript stand for them. */
function expectRequest(pattern: Readonly<Record<string, unknown>>, actual: RpcMessage, memory: Memory): void {
  const { id, ...rest } = pattern;
  if (id !== undefined) memory.ids.set(id as number, actual.id);
  const found = differences(rest, actual, memory);
  if (found.length > 0 || (id === undefined) !== (actual.id === undefined))
    throw new Error(`the host sent ${JSON.stringify(actual)}\n${found.join('\n')}`);
}

function withWireId(message: unknown, memory: Memory): unknown {
  const { id, ...rest } = message as { id?: number };
  return id === undefined ? rest : { ...rest, id: memory.ids.get(id) ?? id };
}

async function ended({ requests }: Ends): Promise<void> {
  const more = await requests.next().catch(() => undefined);
  if (more !== undefined) throw new Error(`the host sent more: ${JSON.stringify(more)}`);
}

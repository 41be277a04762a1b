import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { progress } from '../../src/index.js';
import type { RpcMessage } from '../../src/index.js';
import { readMessages, toFrame } from './message-queue.js';
import type { MessageQueue } from './message-queue.js';
import type { Memory } from './pattern.js';
import { createMemory, differences, toValue } from './pattern.js';
import type { DriverStep, Transcript } from './transcript.js';

export interface DriverUnderTest {
  readonly command: string;
  readonly args: readonly string[];
  /** What it is initialized with. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** Plays the host's part of a transcript against a driver's executable. Rejects with the first difference. */
export async function playHost(transcript: Transcript, driver: DriverUnderTest): Promise<void> {
  const child = spawn(driver.command, [...driver.args, '{}'], { stdio: ['pipe', 'pipe', 'pipe'] });
  const ended = once(child, 'exit') as Promise<[code: number | null, signal: string | null]>;
  const stderr: Buffer[] = [];
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  child.stdin.on('error', () => undefined);
  const answers = readMessages(child.stdout);
  const memory = createMemory({ parameters: driver.parameters, hostPid: process.pid });
  try {
    for (const step of transcript.steps) {
      if (step.from === 'driver') await expectStep(step, answers, memory, ended);
      else if ('message' in step) child.stdin.write(toFrame(toValue(step.message, memory)));
      else if ('bytes' in step) child.stdin.write(step.bytes);
      else if ('writes' in step) await writeFileAt(String(toValue(step.into, memory)), step.at, step.writes);
      else child.stdin.end();
    }
    if (answers.waiting > 0) throw new Error(`the driver sent more: ${JSON.stringify(await answers.next())}`);
  } catch (error) {
    throw new Error(`${(error as Error).message}\nstderr: ${Buffer.concat(stderr).toString()}`, {
      cause: error,
    });
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
}

/** Into a file that the driver has made. */
async function writeFileAt(localPath: string, position: number, bytes: string): Promise<void> {
  const file = await open(localPath, 'r+');
  try {
    await file.write(bytes, position);
  } finally {
    await file.close();
  }
}

async function expectStep(
  step: DriverStep,
  answers: MessageQueue,
  memory: Memory,
  ended: Promise<[code: number | null, signal: string | null]>,
): Promise<void> {
  if ('exits' in step) {
    const [code, signal] = await ended;
    if (code !== step.exits)
      throw new Error(`expected exit status ${String(step.exits)}, got ${String(code ?? signal)}`);
    return;
  }
  if ('bytes' in step) throw new Error('only a host is tested with stray bytes of a driver');
  const expected = 'message' in step ? [step.message] : [...step.anyOrder];
  while (expected.length > 0) {
    const actual = await nextAnswer(answers);
    const found = expected.map((pattern) => differences(pattern, actual, memory));
    const match = found.findIndex((each) => each.length === 0);
    if (match === -1) throw new Error(found.flat().join('\n'));
    expected.splice(match, 1);
  }
}

/** A driver may say at any time that it still works. */
async function nextAnswer(answers: MessageQueue): Promise<RpcMessage> {
  for (;;) {
    const message = await answers.next();
    if (message.method !== progress.name) return message;
  }
}

import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

/** The format is described in docs/protocol/transcripts/README.md. */
const Head = z.strictObject({
  transcript: z.string(),
  about: z.string(),
  after: z.string().optional(),
  replay: z.array(z.enum(['driver', 'host'])).nonempty(),
  needs: z
    .strictObject({
      capabilities: z.array(z.string()).optional(),
      lacks: z.array(z.string()).optional(),
      version: z.boolean().optional(),
    })
    .optional(),
});

const Message = z.looseObject({});

const HostStep = z.union([
  z.strictObject({ from: z.literal('host'), message: Message }),
  z.strictObject({ from: z.literal('host'), bytes: z.string() }),
  z.strictObject({ from: z.literal('host'), closes: z.literal(true) }),
  z.strictObject({ from: z.literal('host'), writes: z.string(), at: z.int(), into: Message }),
]);

const DriverStep = z.union([
  z.strictObject({ from: z.literal('driver'), message: Message }),
  z.strictObject({ from: z.literal('driver'), anyOrder: z.array(Message) }),
  z.strictObject({ from: z.literal('driver'), bytes: z.string() }),
  z.strictObject({ from: z.literal('driver'), exits: z.int() }),
]);

export type Step = z.infer<typeof HostStep> | z.infer<typeof DriverStep>;
export type DriverStep = z.infer<typeof DriverStep>;

export interface Transcript extends z.infer<typeof Head> {
  /** Those of the transcript that it comes after included. */
  readonly steps: readonly Step[];
}

const folder = new URL('../../../../docs/protocol/transcripts/', import.meta.url);

export function transcriptNames(): string[] {
  return readdirSync(fileURLToPath(folder))
    .filter((file) => file.endsWith('.jsonl'))
    .map((file) => file.slice(0, -'.jsonl'.length));
}

export function readTranscript(name: string): Transcript {
  const [first, ...lines] = readFileSync(new URL(`${name}.jsonl`, folder), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
  const head = Head.parse(first);
  const before = head.after === undefined ? [] : readTranscript(head.after).steps;
  const steps = lines.map((line) => z.union([HostStep, DriverStep]).parse(line));
  return { ...head, steps: [...before, ...steps] };
}

export function readTranscripts(): Transcript[] {
  return transcriptNames().map(readTranscript);
}

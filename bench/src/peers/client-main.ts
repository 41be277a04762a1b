import type { ClientCall, ClientReply, RunResult } from './client-calls.js';
import type { StepRun, TimedPart } from './step.js';
import { STEPS } from './steps/all-steps.js';

/** The process that makes the load; the servers and what watches them run in others. */
let run: StepRun | undefined;
let timed: TimedPart | undefined;

process.on('message', (call: ClientCall) => {
  perform(call).then(
    (result) => reply({ result }),
    (error: unknown) => reply({ error: error instanceof Error ? error.message : String(error) }),
  );
});

async function perform(call: ClientCall): Promise<RunResult | undefined> {
  switch (call.call) {
    case 'start': {
      const step = STEPS.find(({ name }) => name === call.step);
      run = await step?.start(call.context);
      return undefined;
    }
    case 'arrange':
      timed = await run?.arrange(call.round);
      return undefined;
    case 'run':
      return timed === undefined ? undefined : measure(timed);
    case 'verify':
      await run?.verify();
      return undefined;
    case 'close':
      run?.close();
      run = timed = undefined;
      return undefined;
  }
}

async function measure(part: TimedPart): Promise<RunResult> {
  const before = process.cpuUsage();
  const measured = await part();
  const { user, system } = process.cpuUsage(before);
  return { ...measured, clientCpuSeconds: (user + system) / 1e6 };
}

function reply(message: ClientReply): void {
  process.send?.(message);
}

import type { Sampler } from '@opentelemetry/sdk-trace';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace';
import type { StartTracingOptions } from './options.js';

/** OTEL_TRACES_SAMPLER and OTEL_TRACES_SAMPLER_ARG, as OpenTelemetry defines them. */
export function createSampler({ environment, warn }: StartTracingOptions): Sampler {
  const { OTEL_TRACES_SAMPLER: name = 'parentbased_always_on', OTEL_TRACES_SAMPLER_ARG: argument = '1' } =
    environment;
  const ratio = Number(argument);
  const root = name.replace(/^parentbased_/, '');
  const sampler = createRoot(root, ratio >= 0 && ratio <= 1 ? ratio : 1);
  if (sampler === undefined) warn(`OTEL_TRACES_SAMPLER: there is no sampler ${JSON.stringify(name)}`);
  const known = sampler ?? new AlwaysOnSampler();
  return root === name && sampler !== undefined ? known : new ParentBasedSampler({ root: known });
}

function createRoot(name: string, ratio: number): Sampler | undefined {
  switch (name) {
    case 'always_on':
      return new AlwaysOnSampler();
    case 'always_off':
      return new AlwaysOffSampler();
    case 'traceidratio':
      return new TraceIdRatioBasedSampler(ratio);
    default:
      return undefined;
  }
}

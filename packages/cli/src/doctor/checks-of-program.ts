import { InvalidParametersError } from '@outrigger/driver';
import { describeDriver, driverEnvironment } from '@outrigger/host';
import { compareParameters } from '../config/compare-parameters.js';
import type { Check, Outcome } from './check.js';
import { ok, warning } from './check.js';
import type { Subject } from './subject.js';

/** What can be said before the driver runs, and whether it starts. */
export function checksOfProgram(subject: Subject): Check[] {
  return [
    { id: 'found', what: 'find the executable', run: () => find(subject) },
    { id: 'described', what: 'ask it what it is', needs: ['found'], run: async () => describe(subject) },
    { id: 'parameters', what: 'compare the parameters', needs: ['found'], run: async () => compare(subject) },
    {
      id: 'environment',
      what: 'pass the environment',
      needs: ['found'],
      run: async () => environment(subject),
    },
    { id: 'start', what: 'start it and shake hands', needs: ['found'], run: () => start(subject) },
  ];
}

/** What a driver gets of the environment because it asks for it. */
export function askedEnvironment({ host, info }: Subject): Record<string, string> {
  const { environment: own = process.env } = host;
  const always = driverEnvironment(own);
  const all = driverEnvironment(own, info?.description?.environment);
  return Object.fromEntries(Object.entries(all).filter(([name]) => !(name in always)));
}

async function find(subject: Subject): Promise<Outcome> {
  const { driver, host } = subject;
  const info = await describeDriver(driver, host);
  subject.info = info;
  return ok(info.path === info.realPath ? info.path : `${info.path}, which is ${info.realPath}`);
}

function describe({ info }: Subject): Outcome {
  const { description, undescribed = 'unknown' } = info ?? {};
  if (description === undefined)
    return warning(
      `${undescribed}: all its parameters count as secret, and it gets no variable of its own (AWS_*, ...)`,
    );
  const { name, version, protocolVersions, dataPlanes } = description;
  return ok(`${name} ${version}, protocol ${protocolVersions.join(', ')}, planes ${dataPlanes.join(', ')}`);
}

function compare(subject: Subject): Outcome {
  const { parameters, schema } = subject;
  const names = Object.keys(parameters).sort().join(', ') || 'none: its defaults hold';
  if (schema === undefined) return warning(`nothing is known of them: ${names}`);
  const issues = compareParameters(parameters, schema).map(({ path, message }) => ({
    key: path.join('.'),
    message,
  }));
  if (issues.length > 0) throw new InvalidParametersError(subject.name, issues);
  return ok(names);
}

function environment(subject: Subject): Outcome {
  const wanted = subject.info?.description?.environment ?? [];
  if (wanted.length === 0) return ok('nothing besides the usual (PATH, HOME, locale, proxies, CA files)');
  const passed = Object.keys(askedEnvironment(subject)).sort();
  const asks = `it asks for ${wanted.join(', ')}`;
  return ok(passed.length === 0 ? `${asks}: none is set` : `${asks}: ${passed.join(', ')}`);
}

async function start(subject: Subject): Promise<Outcome> {
  const { name, version, protocolVersion, dataPlanes } = (await subject.start()).status();
  return ok(`${name} ${version}, protocol ${String(protocolVersion)}, planes ${dataPlanes.join(', ')}`);
}

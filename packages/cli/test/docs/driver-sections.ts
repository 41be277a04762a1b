import type { DriverFactory } from '@outrigger/driver';
import { CAPABILITY_NAMES } from '@outrigger/driver';
import { parameterTable } from './parameter-table.js';

const MARKED = /<!-- (parameters|capabilities|environment): ([a-z0-9, ]+) -->\n[^]*?<!-- end of \1 -->/g;

/** A page with its marked sections filled from what the factories say of themselves. */
export function fillSections(page: string, factories: ReadonlyMap<string, DriverFactory>): string {
  return page.replace(MARKED, (_all, kind: string, list: string) => {
    const drivers = list.split(',').map((name) => find(factories, name.trim()));
    return `<!-- ${kind}: ${list} -->\n\n${sectionOf(kind, drivers)}\n\n<!-- end of ${kind} -->`;
  });
}

function sectionOf(kind: string, drivers: readonly DriverFactory[]): string {
  if (kind === 'capabilities') return capabilityTable(drivers);
  if (kind === 'environment') return drivers.map(environmentLine).join('\n\n');
  return drivers.map(({ parameters }) => parameterTable(parameters)).join('\n\n');
}

/** A row a driver: what it can do at the most. */
function capabilityTable(drivers: readonly DriverFactory[]): string {
  const rows = drivers.map(({ name, capabilities }) => [
    `\`${name}\``,
    ...CAPABILITY_NAMES.map((capability) => (capabilities[capability] === true ? 'yes' : '')),
  ]);
  const head = ['driver', ...CAPABILITY_NAMES.map((name) => `\`${name}\``)];
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function environmentLine({ environment }: DriverFactory): string {
  if (environment.length === 0) return 'No variable of its own reaches this driver.';
  return `Variables that reach this driver when they are set: ${environment.map((name) => `\`${name}\``).join(', ')}.`;
}

function find(factories: ReadonlyMap<string, DriverFactory>, name: string): DriverFactory {
  const factory = factories.get(name);
  if (factory === undefined)
    throw new Error(`a page names a driver ${name}: ${[...factories.keys()].join(', ')}`);
  return factory;
}

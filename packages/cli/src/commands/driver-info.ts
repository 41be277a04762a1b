import type { DriverInfo } from '@outrigger/host';
import { describeDriver } from '@outrigger/host';
import { ownOptions } from './own-options.js';

/** Prints what is known of a driver without running it as one. */
export async function showInfo(nameOrPath: string, { json }: { readonly json: boolean }): Promise<void> {
  const info = await describeDriver(nameOrPath, ownOptions());
  process.stdout.write(json ? `${JSON.stringify(info, undefined, 2)}\n` : describe(info));
}

function describe({ name, path, realPath, description, undescribed }: DriverInfo): string {
  const place = [row('path', path), ...(realPath === path ? [] : [row('runs', realPath)])];
  if (description === undefined)
    return [row('name', name), ...place, row('description', `none: ${undescribed ?? 'unknown'}`)].join('');
  const { version, protocolVersions, dataPlanes, environment, concurrency, parameters } = description;
  return [
    row('name', description.name),
    row('version', version),
    ...place,
    row('protocol', protocolVersions.join(', ')),
    row('planes', dataPlanes.join(', ')),
    row('capabilities', capabilityNames(description.capabilities)),
    row('concurrency', concurrency === undefined ? 'as many calls as come' : `${String(concurrency)} calls`),
    row('environment', environment.join(', ') || 'nothing besides the usual'),
    row('parameters', ''),
    ...describeParameters(parameters),
  ].join('');
}

function row(label: string, text: string): string {
  return `${label.padEnd(13)}${text}`.trimEnd() + '\n';
}

function capabilityNames(capabilities: Readonly<Record<string, unknown>>): string {
  return (
    Object.entries(capabilities)
      .filter(([, value]) => value === true)
      .map(([name]) => name)
      .join(', ') || 'none'
  );
}

function describeParameters(schema: Readonly<Record<string, unknown>>): string[] {
  const properties = Object.entries(asRecord(schema.properties));
  const required = Array.isArray(schema.required) ? schema.required : [];
  if (properties.length === 0) return [row('  none', '')];
  return properties.map(([key, value]) => {
    const property = asRecord(value);
    const { description, default: preset } = property;
    const notes = [
      ...(required.includes(key) ? ['required'] : []),
      ...(property['x-secret'] === true ? ['secret'] : []),
      ...(property['x-path'] === true ? ['path'] : []),
      ...(preset === undefined ? [] : [`default ${JSON.stringify(preset)}`]),
    ];
    const note = notes.length === 0 ? '' : ` (${notes.join(', ')})`;
    return `  ${key}${note}${typeof description === 'string' ? `: ${description}` : ''}\n`;
  });
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

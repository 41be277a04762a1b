import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { EXIT } from '../../src/exit-codes.js';

const ANALYZE = '/usr/bin/systemd-analyze';

function pathOf(name: string): string {
  return fileURLToPath(new URL(`../../../../deploy/systemd/${name}`, import.meta.url));
}

/** `Section.Key` to value; a line of any other form is an error. */
function readUnit(name: string): Map<string, string> {
  const values = new Map<string, string>();
  let section = '';
  for (const line of readFileSync(pathOf(name), 'utf8').split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    const [, header] = /^\[([A-Z][a-z]+)\]$/.exec(line) ?? [];
    const [, key, value] = /^([A-Za-z]+)=(.*)$/.exec(line) ?? [];
    if (header !== undefined) section = header;
    else if (key !== undefined && value !== undefined) values.set(`${section}.${key}`, value);
    else throw new Error(`not a line of a unit: ${line}`);
  }
  return values;
}

it('the unit says what the registry does', () => {
  const unit = readUnit('outrigger.service');
  expect(unit.get('Service.RestartPreventExitStatus')).toBe(String(EXIT.config));
  expect([unit.get('Service.Type'), unit.get('Service.NotifyAccess')]).toEqual(['notify', 'all']);
  expect(unit.get('Service.ExecReload')).toContain('-HUP');
  // Longer than the default of http.draintimeout.
  expect(Number(unit.get('Service.TimeoutStopSec'))).toBeGreaterThan(30);
  expect(unit.has('Service.MemoryDenyWriteExecute')).toBe(false);
});

it('the socket is that of the service', () => {
  expect(readUnit('outrigger.socket').get('Socket.Service')).toBe('outrigger.service');
});

it.runIf(existsSync(ANALYZE))('systemd finds nothing wrong', () => {
  const units = ['outrigger.service', 'outrigger.socket'].map(pathOf);
  execFileSync(ANALYZE, ['verify', ...units], { stdio: 'pipe' });
});

// The filesystem driver, which kills itself with SIGKILL where a file tells it to: once, then the file is gone.
// The file is JSON: {"at": "read" | "write", "byte": N, "path": "part of the path"}, or {"at": "before" | "after",
// "call": "commit" | "put" | "delete" | "localFile" | "writer", "path": ...}.
import { readFileSync, rmSync } from 'node:fs';
import { serveDriver } from '@outrigger/ipc/plugin';
import { filesystem } from '@outrigger/plugin-fs';

const { properties } = filesystem.parameters;

await serveDriver({
  ...filesystem,
  name: 'chaos',
  parameters: { ...filesystem.parameters, properties: { ...properties, control: { type: 'string' } } },
  create: async ({ control, ...parameters }) => wrap(await filesystem.create(parameters), control),
});

function wrap(driver, control) {
  const around =
    (call) =>
    async (path, ...rest) => {
      dieIf(control, path, (rule) => rule.at === 'before' && rule.call === call);
      const result = await driver[call](path, ...rest);
      dieIf(control, path, (rule) => rule.at === 'after' && rule.call === call);
      return result;
    };
  return {
    ...driver,
    put: around('put'),
    delete: around('delete'),
    localFile: around('localFile'),
    reader: async (path, options) => wrapReader(await driver.reader(path, options), path, options, control),
    writer: async (path, options) => {
      const writer = await around('writer')(path, options);
      return wrapWriter(writer, path, control);
    },
  };
}

function wrapReader(reader, path, options, control) {
  let position = options?.offset ?? 0;
  return {
    ...reader,
    async read(into) {
      dieIf(control, path, (rule) => rule.at === 'read' && position >= rule.byte);
      const limit =
        ruleFor(control, path, (rule) => rule.at === 'read' && position < rule.byte)?.byte ?? Infinity;
      const count = await reader.read(into.subarray(0, Math.min(into.length, limit - position)));
      position += count;
      return count;
    },
  };
}

function wrapWriter(writer, path, control) {
  const commit = async (run) => {
    dieIf(control, path, (rule) => rule.at === 'before' && rule.call === 'commit');
    await run();
    dieIf(control, path, (rule) => rule.at === 'after' && rule.call === 'commit');
  };
  return {
    get size() {
      return writer.size;
    },
    async write(chunk) {
      const isReached = (rule) => rule.at === 'write' && writer.size + chunk.length > rule.byte;
      const rule = ruleFor(control, path, isReached);
      if (rule !== undefined) await writer.write(chunk.subarray(0, Math.max(0, rule.byte - writer.size)));
      dieIf(control, path, isReached);
      await writer.write(chunk);
    },
    close: () => writer.close(),
    cancel: () => writer.cancel(),
    commit: () => commit(() => writer.commit()),
    commitTo: (to) => commit(() => writer.commitTo(to)),
  };
}

function dieIf(control, path, applies) {
  if (ruleFor(control, path, applies) === undefined) return;
  rmSync(control, { force: true });
  process.kill(process.pid, 'SIGKILL');
}

function ruleFor(control, path, applies) {
  let rule;
  try {
    rule = JSON.parse(readFileSync(control, 'utf8'));
  } catch {
    return undefined; // there is none
  }
  return path.includes(rule.path ?? '') && applies(rule) ? rule : undefined;
}

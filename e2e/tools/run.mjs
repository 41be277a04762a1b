// Runs a command to its end.
import { spawn } from 'node:child_process';

/** Resolves to {code, output}; never rejects. output is stdout and stderr as they came. */
export function run(command, args, { cwd, env = {}, timeoutSeconds = 1800 } = {}) {
  return new Promise((done) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: timeoutSeconds * 1000,
    });
    let output = '';
    const collect = (chunk) => (output += chunk);
    child.stdout.setEncoding('utf8').on('data', collect);
    child.stderr.setEncoding('utf8').on('data', collect);
    child.on('error', (error) => done({ code: -1, output: error.message }));
    child.on('close', (code, signal) =>
      done({ code: code ?? -1, output: signal ? `${output}\nended by ${signal}` : output }),
    );
  });
}

/** As run, but a failure throws with the last telling line of the output. */
export async function runOrThrow(command, args, options) {
  const { code, output } = await run(command, args, options);
  if (code !== 0) throw new Error(`${command} ${args[0]}: ${lastLine(output) || `exit ${code}`}`);
  return output;
}

function lastLine(output) {
  return output.trim().split('\n').at(-1).trim();
}

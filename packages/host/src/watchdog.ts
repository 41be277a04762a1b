import { Socket } from 'node:net';
import type { Writable } from 'node:stream';
import { execa } from 'execa';
import { WATCHDOG_SCRIPT } from './watchdog-script.js';

/** What the watchdog ends when the host is gone: a process group by its leader, or a directory, which is removed with what is in it. */
export type Watched = { readonly group: number } | { readonly directory: string };

/**
 * A small shell beside the host that outlives it by a moment: when the pipe from the host closes without a word, also
 * by kill -9, it ends what is then still registered. Only Unix has it, and only Unix hosts are supported.
 */
export class Watchdog {
  readonly #watched = new Set<Watched>();
  readonly #onLost: (reason: string) => void;
  #stdin: Writable | undefined;

  /** @param onLost - hears when the shell could not be started or was killed; it is started again with the next driver */
  constructor(onLost: (reason: string) => void) {
    this.#onLost = onLost;
  }

  /** Starts the shell if it does not run. Called before a driver is started, so that the host never dies between the two. */
  prepare(): void {
    if (this.#stdin === undefined) this.#start();
  }

  /** Registers a group, with nothing awaited since its start, or a directory before it is made. */
  watch(watched: Watched): void {
    this.#watched.add(watched);
    this.#send('+', watched);
  }

  forget(watched: Watched): void {
    if (this.#watched.delete(watched)) this.#send('-', watched);
  }

  /** Ends the shell; whoever is still registered is no longer watched. */
  stop(): void {
    const stdin = this.#stdin;
    this.#stdin = undefined;
    stdin?.end('q\n');
  }

  #start(): void {
    const shell = execa('/bin/sh', ['-c', WATCHDOG_SCRIPT, 'outrigger-watchdog'], {
      env: { PATH: '/usr/bin:/bin:/usr/sbin:/sbin' },
      extendEnv: false,
      reject: false,
      buffer: false,
      detached: true, // what ends the host's group must not end the watchdog with it
      cleanup: false,
      cwd: '/',
      stdin: 'pipe',
      stdout: 'ignore',
      stderr: 'ignore',
    });
    const { stdin } = shell;
    this.#stdin = stdin;
    stdin.on('error', () => undefined);
    shell.nodeChildProcess.unref();
    if (stdin instanceof Socket) stdin.unref();
    void shell.then(({ shortMessage }) => {
      if (this.#stdin !== stdin) return;
      this.#stdin = undefined;
      this.#onLost(shortMessage ?? 'it ended');
    });
    for (const watched of this.#watched) this.#send('+', watched);
  }

  #send(act: '+' | '-', watched: Watched): void {
    const what = 'group' in watched ? `group ${String(watched.group)}` : `directory ${watched.directory}`;
    this.#stdin?.write(`${act} ${what}\n`);
  }
}

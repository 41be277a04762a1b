/** What the exit status of the command means; the numbers from 64 on are those of sysexits.h. */
export const EXIT = {
  ok: 0,
  /** Cases of `driver test` or checks of `driver doctor` failed, `garbage-collect`, `retention` or `du` did, or something was not copied. */
  failed: 1,
  /** The command line is wrong. */
  usage: 64,
  /** A driver could not be found or started, or an address not be listened on. */
  unavailable: 69,
  /** A fault of the program itself. */
  software: 70,
  /** The configuration, or a parameter of a driver, is wrong. */
  config: 78,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export const EXIT_HELP = `
Exit status:
  0   success, or stopped by a signal as asked
  1   cases of a test or checks of a driver failed, the garbage could not be collected, or something not be
      copied
  64  the command line is wrong
  69  a storage driver could not be found or started, or an address could not be listened on
  70  a fault of the program itself
  78  the configuration, or a parameter of a storage driver, is wrong`;

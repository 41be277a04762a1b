import { z } from 'zod';

/**
 * A line of a driver's stderr that is JSON. The host reads it leniently, as the loggers of many languages write it, so the
 * code has no schema for it.
 */
export const LogLine = z.object({
  level: z
    .union([z.enum(['debug', 'info', 'warn', 'error']), z.number()])
    .optional()
    .describe(
      'A name (also trace, warning, err, fatal, panic, critical, in any case) or a number (50 error, 40 warn, 30 info, less debug). Absent: info.',
    ),
  msg: z.string().optional().describe('The text. Without msg and message the whole line is the text.'),
  message: z.string().optional().describe('The same; it wins over msg.'),
});

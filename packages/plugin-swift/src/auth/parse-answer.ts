import type { z } from 'zod';
import { ParameterFault } from '../parameter-fault.js';

/** @throws ParameterFault it is not what an authentication server says */
export function parseAnswer<T>(schema: z.ZodType<T>, text: string): T {
  const result = schema.safeParse(parseJson(text));
  if (!result.success) throw new ParameterFault('authurl', 'what is there does not answer as Keystone does');
  return result.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

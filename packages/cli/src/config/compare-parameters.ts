import { givenParameters } from '@outrigger/driver';
import { z } from 'zod';

/** One parameter that does not fit the schema of its driver. */
export interface ParameterMismatch {
  readonly path: readonly PropertyKey[];
  /** Without a value. */
  readonly message: string;
}

/** What of a driver's parameters its own schema would refuse. The driver is not asked. */
export function compareParameters(
  parameters: Readonly<Record<string, unknown>>,
  schema: Readonly<Record<string, unknown>>,
): ParameterMismatch[] {
  const given = givenParameters(parameters);
  const { error } = z.fromJSONSchema(schema).safeParse(given);
  return (error?.issues ?? []).flatMap((issue): ParameterMismatch[] => {
    const { path } = issue;
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => ({ path: [...path, key], message: 'unknown parameter' }));
    const isMissing = path.length === 1 && !(String(path[0]) in given);
    return [{ path, message: isMissing ? 'is missing' : 'has a wrong value' }];
  });
}

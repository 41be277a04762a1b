import { MASK, cleanText, findSecrets } from '@outrigger/host';
import { maskSecrets } from '../log/mask-secrets.js';
import { adviceFor } from './advice.js';
import type { Explain } from './examination.js';

export interface ExplainOptions {
  readonly driver: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  /** Of the parameters; undefined: unknown, and all of them are secret. */
  readonly schema: Readonly<Record<string, unknown>> | undefined;
  /** What the driver is given of the environment because it asks for it. */
  readonly environment: Readonly<Record<string, string>>;
}

/** Names of variables whose values nobody shall see; a name that ends in _FILE holds a path. */
const SECRET_VARIABLE =
  /(?:secret|token|password|key|credential|connection|sas|signature|headers)(?!.*(?:_file|_path|_uri)$)/i;
const SHORTEST_SECRET = 4;
const MAX_CAUSES = 4;

/** Errors in words: what the driver says, with its causes, without secrets, and what is known to help. */
export function createExplain({ driver, parameters, schema, environment }: ExplainOptions): Explain {
  const { redact } = findSecrets(parameters, schema);
  const values = Object.entries(environment)
    .filter(([name, value]) => SECRET_VARIABLE.test(name) && value.length >= SHORTEST_SECRET)
    .map(([, value]) => value);
  return (id, error) => {
    const known = values.reduce((text, value) => text.replaceAll(value, MASK), redact(inWords(error)));
    const detail = cleanText(maskSecrets(known));
    return { detail, advice: adviceFor(driver, id, detail) };
  };
}

function inWords(error: unknown): string {
  const words: string[] = [];
  for (let each = error; each instanceof Error && words.length < MAX_CAUSES; each = each.cause) {
    const message = withoutRepeats(each.message.trim());
    if (message !== '' && !words.some((said) => said.includes(message))) words.push(message);
  }
  return words.length === 0 ? 'unknown' : words.join(': ');
}

/** A delete of a tree says the same of every object in it. */
function withoutRepeats(message: string): string {
  return [...new Set(message.split('; '))].join('; ');
}

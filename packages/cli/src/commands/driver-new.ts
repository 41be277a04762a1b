import type { Language } from 'create-registry-storage';
import { ScaffoldError, createProject, nextSteps } from 'create-registry-storage';
import { EXIT } from '../exit-codes.js';
import { CommandError } from '../failure.js';

export interface DriverNewFlags {
  readonly lang: Language;
  readonly directory?: string;
  readonly sdk?: string;
}

/**
 * Writes a project for a driver, and tells what to do next.
 *
 * @throws CommandError
 */
export async function newDriver(name: string, { lang, directory, sdk }: DriverNewFlags): Promise<void> {
  try {
    const project = await createProject({ name, language: lang, directory, sdk });
    process.stdout.write(nextSteps(project));
  } catch (error) {
    if (error instanceof ScaffoldError) throw new CommandError(error.message, EXIT.usage, error);
    throw error;
  }
}

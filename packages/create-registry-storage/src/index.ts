export { createProject } from './create-project.js';
export type { Project, ProjectOptions } from './create-project.js';
export { checkDriverName } from './driver-name.js';
export { LANGUAGES, isLanguage } from './languages.js';
export type { Language } from './languages.js';
export { nextSteps } from './next-steps.js';
export { ScaffoldError } from './scaffold-error.js';

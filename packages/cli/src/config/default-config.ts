import type { Environment } from './overrides.js';

/** Names a driver other than the default one: `REGISTRY_STORAGE_S3_BUCKET`. */
const OTHER_DRIVER = /^REGISTRY_STORAGE_(?!(?:FILESYSTEM|DELETE|REDIRECT|CACHE|TAG|MAINTENANCE)(?:_|$))/;

/** The configuration of a start without a file: this machine only, strict, stored below the working directory. */
export function defaultConfig(environment: Environment): string {
  const namesDriver = Object.keys(environment).some((name) => OTHER_DRIVER.test(name));
  return `version: 0.1
${namesDriver ? '' : 'storage: {filesystem: {rootdirectory: ./data}}'}
http: {addr: 127.0.0.1:5000}
outrigger: {profile: strict}
`;
}

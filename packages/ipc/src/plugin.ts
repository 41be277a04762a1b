export { serveDriver } from './plugin/serve-driver.js';
export { currentTraceparent } from './plugin/trace-context.js';

export { serveDriver } from './plugin/serve-driver.js';

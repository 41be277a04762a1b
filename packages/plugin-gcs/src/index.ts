export { gcs } from './factory.js';

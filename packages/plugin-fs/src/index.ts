export { filesystem } from './factory.js';

export { swift } from './factory.js';

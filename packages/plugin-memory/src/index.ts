export { inmemory } from './factory.js';

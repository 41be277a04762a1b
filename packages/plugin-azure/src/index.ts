export { azure } from './factory.js';

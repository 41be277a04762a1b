export { sftp } from './factory.js';

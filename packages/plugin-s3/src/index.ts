export { oss, s3, s3aws } from './factory.js';

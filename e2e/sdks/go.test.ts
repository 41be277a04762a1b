import { proveExample } from './prove-example.js';

await proveExample('go');

import { type ConformanceCase, reopened } from '../case.js';
import { expectGet } from '../transfer.js';

export const closeCases: readonly ConformanceCase[] = [
  {
    id: 'close',
    name: 'close: twice, and the other instance goes on',
    promise: '`close` gives everything back. Idempotent.',
    async run(context) {
      const { driver, scratch } = context;
      const path = scratch.path();
      const content = scratch.content(100);
      const other = await reopened(context);
      await other.put(path, content.bytes());
      await other.close();
      await other.close();
      await expectGet(driver, path, content);
    },
  },
];

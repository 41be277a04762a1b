import type { Content } from '../../content.js';
import { ContentSource } from '../../content.js';
import { Connection } from '../../http/connection.js';
import { pushBlob, pushChunked, verifyContent } from '../../registry-client.js';
import { PATCHES, mib } from '../scale.js';
import type { Step, StepContext, StepRun } from '../step.js';

const REPOSITORY = 'bench/push';

export const push: Step = {
  name: 'push',
  title: ({ largeBytes }) => `push ${mib(largeBytes)} MiB in one PUT`,
  unit: 'MiB/s',
  store: 'empty',
  goals: { outrigger: '>= 1.3' },
  start: async (context) => start(context, pushBlob),
};

export const pushInPieces: Step = {
  name: 'push-chunked',
  title: ({ largeBytes }) => `push ${mib(largeBytes)} MiB in ${PATCHES} PATCHes`,
  unit: 'MiB/s',
  store: 'empty',
  goals: { outrigger: '>= 1.3' },
  start: async (context) =>
    start(context, (connection, repository, content) =>
      pushChunked(connection, repository, content, PATCHES),
    ),
};

/** Each round pushes another blob over a connection of its own. */
function start({ port, scale }: StepContext, send: typeof pushBlob): StepRun {
  const source = new ContentSource(scale.largeBytes);
  let last: Content | undefined;
  return {
    arrange: async () => {
      const content = source.next();
      last = content;
      const connection = await Connection.open(port);
      return async () => {
        const begin = performance.now();
        await send(connection, REPOSITORY, content);
        const seconds = (performance.now() - begin) / 1000;
        connection.close();
        return { units: mib(content.size), seconds };
      };
    },
    verify: async () => {
      const connection = await Connection.open(port);
      const digest = last?.digest ?? '';
      await verifyContent(connection, `/v2/${REPOSITORY}/blobs/${digest}`, digest);
      connection.close();
    },
    close: () => undefined,
  };
}

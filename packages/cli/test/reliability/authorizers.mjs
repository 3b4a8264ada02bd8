// A thread with several authorizers of its own, as a program would have them. Answers with the tokens that they got.
import { parentPort, workerData } from 'node:worker_threads';
import { createAuthorizer } from '@mcpass/auth';
import { createFetch, systemClock, systemRandom } from '@mcpass/node/fetch';
import { openStore } from '@mcpass/node/stores';

const { url, data, count } = workerData;
const authorizers = Array.from({ length: count }, () =>
  createAuthorizer({
    settings: { url },
    ports: {
      fetch: createFetch({ env: {} }),
      clock: systemClock,
      random: systemRandom,
      store: openStore({ choice: 'plain', paths: { data } }),
      observe: () => undefined,
    },
  }),
);
const tokens = await Promise.all(authorizers.map((authorizer) => authorizer.accessToken()));
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
parentPort.postMessage(tokens.map(({ token }) => token.reveal()));

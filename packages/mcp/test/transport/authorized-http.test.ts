import { NEW_EXCHANGE, type RequestAuthorization } from '@mcpass/auth';
import { expect, test } from 'vitest';
import { createAuthorizedHttp } from '../../src/transport/authorized-http.js';
import { createFetchCarrier } from '../../src/transport/fetch-carrier.js';
import { startServer } from '../support/scripted-server.js';
import { rejection } from '../support/session.js';

/* A token endpoint that hangs holds up nobody who has gone: a farewell above all. */

const never = (): Promise<never> => new Promise(() => undefined);

test.each<[string, Partial<RequestAuthorization>, requests: number]>([
  ['before it is sent', { headersFor: never }, 0],
  ['after its refusal', { verdictOn: never }, 1],
])('a request that waits for a refresh %s is given up at once', async (_, waiting, requests) => {
  await using server = await startServer((exchange) => exchange.raw(401, 'no'));
  let refused = (): void => undefined;
  const refusal = new Promise<void>((resolve) => {
    refused = resolve;
  });
  const url = new URL(server.url);
  const http = createAuthorizedHttp({
    carrier: createFetchCarrier(fetch),
    authorization: {
      headersFor: async () => ({ headers: {}, exchange: NEW_EXCHANGE }),
      verdictOn: async () => ({ action: 'pass' }),
      ...waiting,
    },
    server: url,
    ports: { clock: { now: Date.now, wait: never }, observe: () => undefined },
    onRefusal: () => refused(),
  });
  const pending = http.send({ method: 'DELETE', url, headers: {} });
  const ended = rejection(pending.reply);
  if (requests > 0) await refusal;
  pending.abort();
  expect(await ended).toMatchObject({ code: 'interrupted' });
  expect(server.log()).toHaveLength(requests);
});

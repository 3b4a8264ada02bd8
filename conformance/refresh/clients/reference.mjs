/*
 * A client that does everything right, or one thing wrong: with it each check is shown to pass, and to fail. A process of the
 * client is a session here, and the store that all share an object.
 */
import { setTimeout as delay } from 'node:timers/promises';

/** What can be done wrong, and by which check that is found in which scenario. */
export const FAULTS = {
  'signs in instead of renewing': {
    'refresh/expired': ['refresh-asked', 'refresh-nobody-asked'],
    'refresh/rotated': ['refresh-nobody-asked'],
    'refresh/not-rotated': ['refresh-token-kept', 'refresh-nobody-asked'],
    'refresh/two-processes': ['refresh-nobody-asked'],
    'refresh/renewed-elsewhere': ['refresh-nobody-asked'],
    'refresh/refused-early': ['refresh-after-refusal', 'refresh-nobody-asked'],
  },
  'keeps the access token': { 'refresh/expired': ['refresh-new-token-used', 'refresh-calls-answered'] },
  'names no resource': { 'refresh/request': ['refresh-resource'] },
  'names the resource twice': { 'refresh/request': ['refresh-resource'] },
  'asks for more scope': { 'refresh/request': ['refresh-scope'] },
  'does not name itself': { 'refresh/request': ['refresh-client'] },
  'keeps the first refresh token': { 'refresh/rotated': ['refresh-token-once'] },
  'drops a refresh token that is not repeated': {
    'refresh/not-rotated': ['refresh-token-kept', 'refresh-nobody-asked'],
  },
  'takes no turns': { 'refresh/two-processes': ['refresh-token-once'] },
  'does not look again': { 'refresh/renewed-elsewhere': ['refresh-token-once', 'refresh-adopted'] },
  'signs in after trouble': {
    'refresh/answer-lost': ['refresh-asked-again', 'refresh-nobody-asked'],
    'refresh/rate-limited': ['refresh-nobody-asked'],
    'refresh/unavailable': ['refresh-kept-through-trouble', 'refresh-nobody-asked'],
  },
  'signs in for a narrowed scope': { 'refresh/narrowed-scope': ['refresh-nobody-asked'] },
  'asks for the first scope': { 'refresh/narrowed-scope': ['refresh-narrowed-scope'] },
  'renews a minute ahead': { 'refresh/thirty-seconds': ['refresh-no-storm'] },
  'signs in for each process': { 'refresh/thirty-seconds': ['refresh-nobody-asked'] },
  'does not wait': { 'refresh/rate-limited': ['refresh-retry-after'] },
  'presents a refused token again': {
    'refresh/token-over': ['refresh-token-once'],
    'refresh/revoked': ['refresh-token-once'],
  },
  'gives up': {
    'refresh/expired': ['refresh-calls-answered'],
    'refresh/rotated': ['refresh-calls-answered'],
    'refresh/not-rotated': ['refresh-calls-answered'],
    'refresh/two-processes': ['refresh-calls-answered'],
    'refresh/renewed-elsewhere': ['refresh-calls-answered'],
    'refresh/answer-lost': ['refresh-calls-answered'],
    'refresh/narrowed-scope': ['refresh-calls-answered'],
    'refresh/rate-limited': ['refresh-calls-answered'],
    'refresh/unavailable': ['refresh-calls-answered'],
    'refresh/token-over': ['refresh-new-sign-in', 'refresh-calls-answered'],
    'refresh/revoked': ['refresh-new-sign-in', 'refresh-calls-answered'],
    'refresh/refused-early': ['refresh-calls-answered'],
  },
  'calls once': { 'refresh/thirty-seconds': ['refresh-calls-answered'] },
};

const REDIRECT = 'http://127.0.0.1:1/callback';
const HELLO = {
  protocolVersion: '2025-11-25',
  capabilities: {},
  clientInfo: { name: 'reference', version: '1' },
};

/** Does what the steps say at a server, with at most one fault. */
export async function runReference({ serverUrl, steps, fault }) {
  const origin = new URL(serverUrl).origin;
  const store = { tokens: undefined, client: undefined, turn: Promise.resolve(), notBeforeMs: 0 };
  for (const { waitS, clients = [], mayFail = false } of steps) {
    if (waitS !== undefined) await delay(waitS * 1000);
    const runs = clients.map((own) => runSession({ serverUrl, origin, store, fault, ...own }));
    const ends = await Promise.allSettled(runs);
    const failed = ends.find(({ status }) => status === 'rejected');
    if (failed !== undefined && !mayFail) return 1;
  }
  return 0;
}

async function runSession({ serverUrl, origin, store, fault, afterS = 0, calls, pauseS = 0 }) {
  await delay(afterS * 1000);
  if (fault === 'signs in for each process') store.tokens = undefined;
  /** What this process believes; all but one read the store again. */
  let own = store.tokens;
  const form = (values) =>
    post(`${origin}/token`, new URLSearchParams(values.filter(([, value]) => value !== undefined)));

  const alone = (work) => {
    if (fault === 'takes no turns') return work();
    const result = store.turn.then(work);
    store.turn = result.catch(() => undefined);
    return result;
  };

  const keep = (answer, before) => {
    const kept = fault === 'drops a refresh token that is not repeated' ? undefined : before?.refresh;
    const newest =
      fault === 'keeps the first refresh token' ? (before?.refresh ?? answer.refresh_token) : undefined;
    own = {
      access: fault === 'keeps the access token' && before ? before.access : answer.access_token,
      refresh: newest ?? answer.refresh_token ?? kept,
      endsMs: Date.now() + answer.expires_in * 1000,
      scope: answer.scope ?? before?.scope,
      firstScope: before?.firstScope ?? answer.scope,
    };
    store.tokens = own;
    return own;
  };

  const signIn = async () => {
    if (fault === 'gives up' && store.tokens !== undefined) throw new Error('a sign-in is needed');
    store.client ??= (await postJson(`${origin}/register`, { redirect_uris: [REDIRECT] })).client_id;
    const asked = new URL(`${origin}/authorize`);
    const query = {
      response_type: 'code',
      client_id: store.client,
      redirect_uri: REDIRECT,
      scope: 'notes offline_access',
      state: 'state',
      resource: serverUrl,
    };
    asked.search = new URLSearchParams(query).toString();
    const answer = await fetch(asked, { redirect: 'manual' });
    const code = new URL(answer.headers.get('location')).searchParams.get('code');
    const redeemed = await form([
      ['grant_type', 'authorization_code'],
      ['code', code],
      ['client_id', store.client],
      ['redirect_uri', REDIRECT],
      ['resource', serverUrl],
    ]);
    return keep(await redeemed.json());
  };

  const ask = (before) =>
    form([
      ['grant_type', 'refresh_token'],
      ['refresh_token', before.refresh],
      ['client_id', fault === 'does not name itself' ? undefined : store.client],
      ['resource', fault === 'names no resource' ? undefined : serverUrl],
      ['resource', fault === 'names the resource twice' ? origin : undefined],
      ['scope', scopeOf(before)],
    ]);
  const scopeOf = ({ firstScope }) => {
    if (fault === 'asks for more scope') return 'notes offline_access admin';
    return fault === 'asks for the first scope' ? firstScope : undefined;
  };

  /** Renews what was found to be over, or takes what somebody else has renewed. */
  const renew = (over) =>
    alone(async () => {
      const looksAgain = fault !== 'does not look again' && fault !== 'takes no turns';
      const before = looksAgain ? store.tokens : own;
      const isNewer =
        looksAgain && before !== undefined && before.access !== over && Date.now() < before.endsMs;
      if (isNewer && fault !== 'renews a minute ahead') {
        own = before;
        return own;
      }
      if (fault === 'gives up') throw new Error('the token is over');
      if (fault === 'signs in instead of renewing' || before?.refresh === undefined) return signIn();
      if (fault !== 'does not wait' && Date.now() < store.notBeforeMs) throw new Error('not yet');
      const answer = await ask(before).catch(() => undefined);
      if (answer?.ok) {
        const tokens = await answer.json();
        const isNarrowed = tokens.scope !== before.firstScope;
        return fault === 'signs in for a narrowed scope' && isNarrowed ? signIn() : keep(tokens, before);
      }
      if (answer?.status === 400) {
        if (fault === 'presents a refused token again') await ask(before);
        return signIn();
      }
      if (fault === 'signs in after trouble') return signIn();
      store.notBeforeMs = Date.now() + Number(answer?.headers.get('retry-after') ?? 1) * 1000;
      throw new Error('trouble');
    });

  const send = async (message) => {
    if (fault !== 'does not look again') own = store.tokens;
    if (own === undefined) await alone(async () => (own = store.tokens ?? (await signIn())));
    const marginMs = fault === 'renews a minute ahead' ? 60_000 : 0;
    if (Date.now() + marginMs >= own.endsMs) await renew(own.access);
    let answer = await rpc(serverUrl, own.access, message);
    if (answer.status === 401) {
      await renew(own.access);
      answer = await rpc(serverUrl, own.access, message);
    }
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
    await answer.text();
  };

  await send({ id: 1, method: 'initialize', params: HELLO });
  await send({ method: 'notifications/initialized' });
  const wanted = fault === 'calls once' ? 1 : calls;
  for (let nth = 1; nth <= wanted; nth += 1) {
    if (nth > 1) await delay(pauseS * 1000);
    await send({ id: nth + 1, method: 'tools/call', params: { name: 'echo', arguments: {} } });
  }
}

const post = (url, body, headers = {}) => fetch(url, { method: 'POST', body, headers });

async function postJson(url, value) {
  const answer = await post(url, JSON.stringify(value), { 'content-type': 'application/json' });
  return answer.json();
}

function rpc(url, token, message) {
  return post(url, JSON.stringify({ jsonrpc: '2.0', ...message }), {
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    authorization: `Bearer ${token}`,
  });
}

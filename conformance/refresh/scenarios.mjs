/*
 * What a client has to do to keep a sign-in, as scenarios in the form of the official suite: a server (`start`, `stop`), what
 * the client is told to do (`steps`, in its context), and checks over what the server was asked, each pure. A check says
 * why it fails, or SKIPPED where it came to nothing.
 */
import { startProvider } from './provider.mjs';

const at = (id, url) => ({ id, url });
const SOURCES = {
  refreshing: at('RFC-6749-6', 'https://www.rfc-editor.org/rfc/rfc6749.html#section-6'),
  refused: at('RFC-6749-5.2', 'https://www.rfc-editor.org/rfc/rfc6749.html#section-5.2'),
  resource: at('RFC-8707-2.2', 'https://www.rfc-editor.org/rfc/rfc8707.html#section-2.2'),
  rotation: at('RFC-9700-4.14', 'https://www.rfc-editor.org/rfc/rfc9700.html#section-4.14'),
  invalidToken: at('RFC-6750-3.1', 'https://www.rfc-editor.org/rfc/rfc6750.html#section-3.1'),
  retryAfter: at('RFC-9110-10.2.3', 'https://www.rfc-editor.org/rfc/rfc9110.html#section-10.2.3'),
  unavailable: at('RFC-9110-15.6.4', 'https://www.rfc-editor.org/rfc/rfc9110.html#section-15.6.4'),
  rateLimited: at('RFC-6585-4', 'https://www.rfc-editor.org/rfc/rfc6585.html#section-4'),
  tokens: at(
    'MCP-Authorization-Tokens',
    'https://modelcontextprotocol.io/specification/2025-11-25/basic/authorization#token-handling',
  ),
};

export const SKIPPED = Symbol('skipped');

/** Seconds until the tokens of most scenarios are over, and how long the client is told to wait for that. */
const SHORT_S = 2;
const waitUntilOver = { waitS: SHORT_S + 1.5 };
const call = { clients: [{ calls: 1 }] };
const tried = { ...call, mayFail: true };

const all = (log, what) => log.filter((note) => note.what === what);
/** Those after the first call. */
const refreshes = (log) => all(log, 'refresh').filter(({ early }) => !early);
const accepted = (log) => all(log, 'call').filter(({ outcome }) => outcome === 'accepted');
const words = (scope) => (scope ?? '').split(' ').filter((word) => word !== '');

const nobodyIsAsked = {
  id: 'refresh-nobody-asked',
  description: 'The person is asked for one sign-in, and never again',
  references: [SOURCES.refreshing],
  judge(log) {
    const times = all(log, 'authorize').length;
    return times === 1 ? undefined : `the person was asked ${times} times`;
  },
};

const signsInAgain = {
  id: 'refresh-new-sign-in',
  description: 'Where the refresh token is over, the client asks for one new sign-in',
  references: [SOURCES.refused],
  judge(log) {
    const times = all(log, 'authorize').length;
    return times === 2 ? undefined : `there were ${times} sign-ins instead of two`;
  },
};

const neverTwice = {
  id: 'refresh-token-once',
  description: 'No refresh token is presented twice, whoever holds it',
  references: [SOURCES.rotation],
  judge(log) {
    if (refreshes(log).length === 0) return SKIPPED;
    const tokens = refreshes(log).map(({ token }) => token);
    const twice = tokens.find((token, index) => tokens.indexOf(token) !== index);
    return twice && `${twice} was presented ${tokens.filter((token) => token === twice).length} times`;
  },
};

const callsAnswered = (count) => ({
  id: 'refresh-calls-answered',
  description: `${count} calls are answered`,
  references: [SOURCES.tokens],
  judge(log) {
    const answered = accepted(log).length;
    return answered >= count ? undefined : `${answered} of ${count} calls were answered`;
  },
});

export const SCENARIOS = [
  {
    name: 'refresh/expired',
    description: 'An access token that is over is renewed without a word',
    behaviour: { lifetimeS: SHORT_S },
    steps: [call, waitUntilOver, call],
    checks: [
      {
        id: 'refresh-asked',
        description: 'The refresh token is redeemed',
        references: [SOURCES.refreshing],
        judge: (log) => (refreshes(log).length > 0 ? undefined : 'no refresh was asked for'),
      },
      {
        id: 'refresh-new-token-used',
        description: 'The request that follows carries the new token',
        references: [SOURCES.refreshing],
        judge(log) {
          const from = log.findIndex(({ what, outcome }) => what === 'refresh' && outcome === 'issued');
          if (from === -1) return SKIPPED;
          const old = new Set(log.slice(0, from).map(({ token }) => token));
          const later = log.slice(from + 1).find(({ what }) => what === 'call' || what === 'request');
          return old.has(later?.token) ? 'it carries the old one' : undefined;
        },
      },
      nobodyIsAsked,
      callsAnswered(2),
    ],
  },
  {
    name: 'refresh/request',
    description: 'A refresh says what it is for, and who asks',
    behaviour: { lifetimeS: SHORT_S },
    steps: [call, waitUntilOver, call],
    checks: [
      {
        id: 'refresh-resource',
        description: 'The refresh names the resource, once, as its metadata has it',
        references: [SOURCES.resource, SOURCES.tokens],
        judge(log, { serverUrl }) {
          if (refreshes(log).length === 0) return SKIPPED;
          const wrong = refreshes(log).find(({ resources }) => resources.join(' ') !== serverUrl);
          return wrong && `resource was ${JSON.stringify(wrong.resources)}`;
        },
      },
      {
        id: 'refresh-scope',
        description: 'The refresh asks for no scope that was not granted',
        references: [SOURCES.refreshing],
        judge(log) {
          if (refreshes(log).length === 0) return SKIPPED;
          const granted = new Set(words(all(log, 'authorize')[0]?.scope));
          const wider = refreshes(log)
            .flatMap(({ scope }) => words(scope))
            .find((word) => !granted.has(word));
          return wider && `it asked for ${wider}`;
        },
      },
      {
        id: 'refresh-client',
        description: 'A client without a secret names itself',
        references: [SOURCES.refreshing],
        judge(log) {
          if (refreshes(log).length === 0) return SKIPPED;
          return refreshes(log).every(({ client }) => client !== undefined)
            ? undefined
            : 'client_id was missing';
        },
      },
    ],
  },
  {
    name: 'refresh/rotated',
    description: 'A new refresh token takes the place of the old one',
    behaviour: { lifetimeS: SHORT_S, rotates: true },
    steps: [call, waitUntilOver, call, waitUntilOver, call],
    checks: [neverTwice, nobodyIsAsked, callsAnswered(3)],
  },
  {
    name: 'refresh/not-rotated',
    description: 'An answer without a refresh token leaves the old one as it was',
    behaviour: { lifetimeS: SHORT_S },
    steps: [call, waitUntilOver, call, waitUntilOver, call],
    checks: [
      {
        id: 'refresh-token-kept',
        description: 'The second refresh presents the token of the first one',
        references: [SOURCES.refreshing],
        judge(log) {
          const tokens = new Set(refreshes(log).map(({ token }) => token));
          return refreshes(log).length >= 2 && tokens.size === 1
            ? undefined
            : `${refreshes(log).length} refreshes`;
        },
      },
      nobodyIsAsked,
      callsAnswered(3),
    ],
  },
  {
    name: 'refresh/two-processes',
    description: 'Two processes with one sign-in meet a token that is over, at once',
    behaviour: { lifetimeS: SHORT_S, rotates: true },
    steps: [call, waitUntilOver, { clients: [{ calls: 1 }, { calls: 1 }] }, waitUntilOver, call],
    checks: [neverTwice, nobodyIsAsked, callsAnswered(4)],
  },
  {
    name: 'refresh/renewed-elsewhere',
    description: 'A session finds that another process has renewed meanwhile',
    behaviour: { lifetimeS: 6, rotates: true },
    steps: [
      call,
      {
        clients: [
          { calls: 2, pauseS: 8.5 },
          { afterS: 6.5, calls: 1 },
        ],
      },
    ],
    checks: [
      {
        id: 'refresh-adopted',
        description: 'Whoever comes second uses what the first one got',
        references: [SOURCES.rotation],
        judge(log) {
          const count = refreshes(log).length;
          if (count === 0) return SKIPPED;
          return count === 1 ? undefined : `${count} refreshes instead of one`;
        },
      },
      neverTwice,
      nobodyIsAsked,
      callsAnswered(4),
    ],
  },
  {
    name: 'refresh/answer-lost',
    description: 'The refresh token was spent and the answer lost; the server takes it once more',
    behaviour: { lifetimeS: SHORT_S, rotates: true, refresh: (nth) => (nth === 1 ? 'lost' : undefined) },
    steps: [call, waitUntilOver, tried, { waitS: 4 }, call],
    checks: [
      {
        id: 'refresh-asked-again',
        description: 'The same token is presented once more',
        references: [SOURCES.rotation],
        judge(log) {
          const [first, second] = refreshes(log);
          if (first === undefined) return SKIPPED;
          return first.token === second?.token ? undefined : 'it was not asked again';
        },
      },
      nobodyIsAsked,
      callsAnswered(2),
    ],
  },
  {
    name: 'refresh/narrowed-scope',
    description: 'A refresh comes with less scope than the sign-in did',
    behaviour: { lifetimeS: SHORT_S, refreshedScope: 'notes' },
    steps: [call, waitUntilOver, call, waitUntilOver, call],
    checks: [
      {
        id: 'refresh-narrowed-scope',
        description: 'The next refresh asks for no more than is left',
        references: [SOURCES.refreshing],
        judge(log) {
          const [, ...later] = refreshes(log);
          if (later.length === 0) return SKIPPED;
          const wider = later.flatMap(({ scope }) => words(scope)).find((word) => word !== 'notes');
          return wider && `it asked for ${wider}`;
        },
      },
      nobodyIsAsked,
      callsAnswered(3),
    ],
  },
  {
    name: 'refresh/thirty-seconds',
    description: 'Tokens of thirty seconds are used, not renewed before each request',
    behaviour: { lifetimeS: 30, rotates: true },
    steps: [call, { clients: [{ calls: 4 }] }, call],
    checks: [
      {
        id: 'refresh-no-storm',
        description: 'Within a few seconds there is at most one refresh',
        references: [SOURCES.refreshing],
        judge(log) {
          const count = refreshes(log).length;
          return count <= 1 ? undefined : `${count} refreshes for ${accepted(log).length} calls`;
        },
      },
      nobodyIsAsked,
      callsAnswered(6),
    ],
  },
  {
    name: 'refresh/rate-limited',
    description: 'The token endpoint says 429 and how long to wait',
    behaviour: {
      lifetimeS: SHORT_S,
      refresh: (nth) =>
        nth === 1 ? { status: 429, headers: { 'retry-after': '4' }, error: 'slow_down' } : undefined,
    },
    steps: [call, waitUntilOver, tried, { waitS: 1 }, tried, { waitS: 5 }, call],
    checks: [
      {
        id: 'refresh-retry-after',
        description: 'It is not asked again before that',
        references: [SOURCES.rateLimited, SOURCES.retryAfter],
        judge(log) {
          const [limited, again] = refreshes(log);
          if (limited === undefined) return SKIPPED;
          const afterMs = (again?.at ?? Infinity) - limited.at;
          return afterMs >= 3_900 ? undefined : `it was asked again after ${afterMs} ms`;
        },
      },
      nobodyIsAsked,
      callsAnswered(2),
    ],
  },
  {
    name: 'refresh/unavailable',
    description: 'The token endpoint is out of order for a moment',
    behaviour: {
      lifetimeS: SHORT_S,
      refresh: (nth) => (nth === 1 ? { status: 503, error: 'temporarily_unavailable' } : undefined),
    },
    steps: [call, waitUntilOver, tried, { waitS: 4 }, call],
    checks: [
      {
        id: 'refresh-kept-through-trouble',
        description: 'The refresh token is kept, and presented again later',
        references: [SOURCES.unavailable, SOURCES.refused],
        judge(log) {
          const [failed, ...later] = refreshes(log);
          if (failed === undefined) return SKIPPED;
          return later.some(({ token }) => token === failed.token) ? undefined : 'it was given up';
        },
      },
      nobodyIsAsked,
      callsAnswered(2),
    ],
  },
  {
    name: 'refresh/token-over',
    description: 'The refresh token has ended by itself',
    behaviour: {
      lifetimeS: SHORT_S,
      refresh: (nth) => (nth === 1 ? { status: 400, error: 'invalid_grant' } : undefined),
    },
    steps: [call, waitUntilOver, call],
    checks: [neverTwice, signsInAgain, callsAnswered(2)],
  },
  {
    name: 'refresh/revoked',
    description: 'The whole grant is revoked in the middle of a session',
    behaviour: { revokeAt: 2 },
    steps: [call, { clients: [{ calls: 2 }], mayFail: true }, call],
    checks: [neverTwice, signsInAgain, callsAnswered(2)],
  },
  {
    name: 'refresh/refused-early',
    description: 'The server refuses an access token that should live, and its refresh token is good',
    behaviour: { refuseCall: 2 },
    steps: [call, call],
    checks: [
      {
        id: 'refresh-after-refusal',
        description: 'A 401 with invalid_token leads to a refresh, and the call is sent again',
        references: [SOURCES.invalidToken],
        judge(log) {
          const from = log.findIndex(
            ({ what, outcome, token }) => token && what === 'call' && outcome === 'refused',
          );
          if (from === -1) return SKIPPED;
          const later = log.slice(from);
          if (refreshes(later).length === 0) return 'it was not renewed';
          return accepted(later).length > 0 ? undefined : 'the call was not sent again';
        },
      },
      nobodyIsAsked,
      callsAnswered(2),
    ],
  },
];

/** One scenario that runs, as the suite runs its own. */
export function createRun(scenario) {
  let provider;
  return {
    name: scenario.name,
    /** What the client gets in MCP_CONFORMANCE_CONTEXT. */
    context: { name: scenario.name, steps: scenario.steps },
    async start() {
      provider = await startProvider(scenario.behaviour);
      return { serverUrl: provider.serverUrl, context: this.context };
    },
    stop: () => provider.stop(),
    getChecks() {
      const timestamp = new Date().toISOString();
      return scenario.checks.map(({ id, description, references, judge }) => {
        const verdict = judge(provider.log, provider);
        const status = verdict === undefined ? 'SUCCESS' : verdict === SKIPPED ? 'SKIPPED' : 'FAILURE';
        return {
          id,
          name: id,
          description,
          status,
          timestamp,
          specReferences: references,
          ...(status === 'FAILURE' && { errorMessage: verdict }),
        };
      });
    },
  };
}

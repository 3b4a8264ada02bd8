import type { Fault, FaultPlace } from '@mcpass/sandbox';
import type { Case } from './case.js';

const FAULTS: readonly (readonly [name: string, fault: Fault, slow?: true])[] = [
  ['reset', 'reset'],
  ['lost', 'lost'],
  ['html', 'html'],
  ['oversize', 'oversize'],
  ['redirects', 'redirects'],
  ['drip', 'drip', true],
  ['delay', { delay: 20 }],
  ['500', { status: 500 }],
  ['503', { status: 503, retryAfter: 1 }],
  ['429', { status: 429, retryAfter: 1 }],
  ['401', { status: 401 }],
  ['403', { status: 403 }],
  ['404', { status: 404 }],
  ['elsewhere', { redirect: 'https://elsewhere.test/x' }],
];

/** What a place makes of each fault; `*` is for those that are not named. */
type Expected = Readonly<Record<string, string | readonly [first: string, ...says: string[]]>>;

const NETWORK: Expected = { reset: 'connect network', lost: 'connect network', delay: 'nothing' };

const PLACES: readonly (readonly [FaultPlace, Case['how'], Expected])[] = [
  [
    'mcp',
    'look',
    {
      ...NETWORK,
      '*': 'challenge server',
      html: ['session server', 'challenge.page'],
      oversize: 'session server',
      drip: 'session network',
      401: ['nothing', 'challenge.header'],
      403: ['nothing', 'challenge.status'],
      404: ['nothing', 'challenge.status'],
    },
  ],
  [
    'resource-metadata',
    'look',
    {
      ...NETWORK,
      '*': 'resource server',
      drip: 'resource network',
      html: ['resource server', 'resource.page'],
      elsewhere: 'dns server',
    },
  ],
  ['metadata', 'look', { ...NETWORK, '*': 'server server', drip: 'server network', elsewhere: 'dns server' }],
  ['register', 'login', { ...NETWORK, '*': 'client server', drip: 'client network' }],
  [
    'authorize',
    'login',
    {
      ...NETWORK,
      '*': 'authorization server',
      // A page that looks like one that waits for somebody.
      html: 'authorization yours',
      oversize: 'authorization yours',
      drip: 'authorization yours',
      elsewhere: 'dns server',
    },
  ],
  // Whatever it was, it happened in the browser, after the page was there.
  ['consent', 'login', { '*': 'authorization yours', delay: 'nothing', lost: 'authorization yours' }],
  ['token', 'login', { ...NETWORK, '*': 'token server', drip: 'token network' }],
  [
    'mcp tools/list',
    'login',
    { ...NETWORK, '*': 'session server', drip: 'session network', 403: 'session yours' },
  ],
  ['token', 'refresh', { ...NETWORK, '*': 'refresh server', drip: 'refresh network' }],
];

/** Every fault of the sandbox at every place. */
export const INJECTED: readonly Case[] = PLACES.flatMap(([place, how, expected]) =>
  FAULTS.map(([name, fault, slow]): Case => {
    const [first = 'nothing', ...says] = [expected[name] ?? expected['*'] ?? 'nothing'].flat();
    // Whoever waits for the browser hears nothing of it.
    const silent = (place === 'authorize' || place === 'consent') && first !== 'nothing';
    return { name: `${place}: ${name}`, how, fault: [place, fault], first, says, slow, silent };
  }),
);

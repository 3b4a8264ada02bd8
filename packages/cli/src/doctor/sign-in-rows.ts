import {
  type Deviation,
  type Examination,
  type ExaminedAnswer,
  type ExaminedStep,
  type ExaminedStepName,
  isUnattended,
  plain,
  quote,
  shownUrl,
  type ServerSettings,
  signInMode,
  type Step,
} from '@mcpass/auth';
import type { ConfiguredServer } from '@mcpass/node/config';
import { isNotWanted } from '../sign-in/one-step.js';
import { failedRow, type Row, type RowContext } from './row.js';
import type { Turn } from './conversation.js';
import { requirementOfDeviation } from './requirements.js';
import { reviewRows } from './review.js';

const STEPS: readonly ExaminedStepName[] = [
  'challenge',
  'resource',
  'server',
  'scopes',
  'client',
  'authorization',
];

/** The steps of a sign-in in their order, each with what was found, why, and what departs from the specification. */
export function signInRows(
  examination: Examination,
  {
    settings,
    turns,
    context,
  }: { readonly settings: ServerSettings; readonly turns: readonly Turn[]; readonly context: RowContext },
): readonly Row[] {
  const { steps } = examination;
  const remarks = [...reviewRows(examination, settings), ...clockRows(examination.answers)];
  const tolerated = deviationRows(turns);
  const of = (step: string) => [...tolerated, ...remarks].filter((row) => row.step === step);
  const rows = [...of('connect'), ...of('clock')];
  const ended = steps.at(-1)?.error !== undefined;
  for (const step of STEPS) {
    const walked = steps.find((each) => each.step === step);
    const row =
      walked === undefined
        ? skipped(step, ended, examination, settings)
        : stepRow(walked, examination, context);
    rows.push(row, ...of(step));
  }
  return rows;
}

/** Where nothing has ended the look, its grant goes no further: a code that is entered elsewhere, or nobody's consent. */
function skipped(
  step: ExaminedStepName,
  ended: boolean,
  { found }: Examination,
  settings: ServerSettings,
): Row {
  if (ended) return { id: step, step, status: 'skip', message: 'not reached' };
  const place = isUnattended(settings) ? undefined : found.authorizationServer?.deviceAuthorizationEndpoint;
  const code =
    place === undefined ? '' : `; ${shownUrl(place)} is where a code for another device comes from`;
  return { id: step, step, status: 'skip', message: `no page is opened here for this grant${code}` };
}

function stepRow({ step, ms, error }: ExaminedStep, examination: Examination, context: RowContext): Row {
  const rounded = Math.round(ms);
  if (error === undefined)
    return { id: step, step, status: 'ok', message: SAY[step](examination), ms: rounded };
  // Nothing failed: there is nothing to sign in to.
  if (isNotWanted(error)) return { id: step, step, status: 'ok', message: error.message, ms: rounded };
  return failedRow(step, error, context, rounded);
}

const SAY: Readonly<Record<ExaminedStepName, (examination: Examination) => string>> = {
  challenge({ found: { challenge, demanded }, answers }) {
    const status = answers.findLast(({ step }) => step === 'challenge')?.status;
    if (demanded !== true) return `without a token it answers ${status}, and asks for none`;
    const named = [
      ...(challenge?.resourceMetadata === undefined
        ? []
        : [`its metadata (${shownUrl(challenge.resourceMetadata)})`]),
      ...(challenge?.scopes === undefined ? [] : [`the scopes ${words(challenge.scopes)}`]),
    ];
    const what = named.length === 0 ? '' : `, and names ${named.join(' and ')}`;
    return status !== undefined && status < 300
      ? `without a token it answers ${status}; another request was refused before${what === '' ? '' : `, which names ${named.join(' and ')}`}`
      : `it asks for a token (${status})${what}`;
  },
  resource({ found: { metadata, resource } }) {
    const called =
      resource === undefined ? 'no resource is sent' : `the resource is ${quote(shownUrl(resource))}`;
    if (metadata === undefined) return `there is no resource metadata; ${called}`;
    const { authorizationServers } = metadata;
    const count = authorizationServers.length;
    const names =
      count === 0
        ? 'no authorization server'
        : authorizationServers.map((each) => quote(each, 120)).join(', ');
    return `${shownUrl(metadata.url)} names ${names}; ${called}`;
  },
  server({ found: { authorizationServer, metadata } }) {
    const { issuer = '', metadataUrl } = authorizationServer ?? {};
    const why =
      metadata === undefined
        ? 'the server’s own origin, by the rules of 2025-03-26'
        : metadata.authorizationServers.length > 1
          ? 'the first that can be used of those that the server names'
          : 'the one that the server names';
    const where =
      metadataUrl === undefined
        ? 'without metadata, by its default paths'
        : `metadata at ${shownUrl(metadataUrl)}`;
    return `${quote(issuer)}, ${why}; ${where}`;
  },
  scopes({ found: { scopes = [], offlineAdded, challenge, metadata } }) {
    if (scopes.length === 0) return 'none is asked for: nobody names any';
    const from = challenge?.scopes?.length
      ? 'the challenge'
      : metadata?.scopesSupported?.length
        ? 'the resource metadata'
        : 'what is configured';
    const offline =
      offlineAdded === true ? '; offline_access is added, because the authorization server lists it' : '';
    return `${words(scopes)}, named by ${from}${offline}`;
  },
  client({ client }) {
    if (client === undefined) return '';
    if ('registration' in client) {
      const shown = JSON.stringify(client.registration);
      return `none is registered yet; a sign-in would send ${plain(shown, 1_000)}`;
    }
    const { id, origin, authMethod, redirectUri } = client.client;
    const how = {
      configured: 'configured',
      metadata_document: 'a metadata document',
      registered: 'registered earlier',
    };
    const back = redirectUri === undefined ? '' : `, comes back to ${redirectUri}`;
    return `${quote(id, 200)} (${how[origin]}), authenticates by ${authMethod}${back}`;
  },
  authorization({ found: { authorizationServer, resource, scopes = [] } }) {
    const page = shownUrl(authorizationServer?.authorizationEndpoint ?? '');
    const parts = [
      'PKCE S256',
      ...(scopes.length === 0 ? [] : [`scope ${words(scopes)}`]),
      ...(resource === undefined ? [] : [`resource ${quote(shownUrl(resource))}`]),
    ];
    const { pushedRequestsRequired, pushedRequestEndpoint = '' } = authorizationServer ?? {};
    const pushed =
      pushedRequestsRequired === true ? `, all of it pushed to ${shownUrl(pushedRequestEndpoint)} first` : '';
    return `the browser would open ${page} with ${parts.join(', ')}${pushed}`;
  },
};

function words(scopes: readonly string[]): string {
  return quote(scopes.join(' '), 1_000);
}

export function toleratedRow(id: string, step: Step, deviation: Deviation): Row {
  const requirement = requirementOfDeviation(deviation.id);
  return {
    id,
    step,
    status: 'warn',
    message: `tolerated: ${deviation.text}`,
    fault: 'server',
    ...(requirement !== undefined && { requirement }),
    fix: 'nothing here; whoever runs the server can correct it',
  };
}

/** What was tolerated on the way, each once. */
export function deviationRows(turns: readonly Turn[], prefix = ''): readonly Row[] {
  const rows = new Map<string, Row>();
  for (const turn of turns) {
    if (turn.kind !== 'finding' || turn.deviation === undefined) continue;
    const { deviation, step } = turn;
    const id = `${prefix}${step}.${deviation.id}`;
    if (rows.has(id)) continue;
    rows.set(id, toleratedRow(id, step, { ...deviation, text: `${deviation.id}: ${deviation.text}` }));
  }
  return [...rows.values()];
}

/** Seconds between two clocks that harm nobody. */
const TOLERANCE_S = 60;

/** Whether the clocks of the servers and of this machine agree, as far as they say what time it is. */
function clockRows(answers: readonly ExaminedAnswer[]): readonly Row[] {
  const away = answers.flatMap(({ headers, url, receivedAtMs }) => {
    const seconds = Math.round((Date.parse(headers.get('date') ?? '') - receivedAtMs) / 1000);
    return Math.abs(seconds) > TOLERANCE_S ? [{ host: new URL(url).host, seconds }] : [];
  });
  const hosts = new Map(away.map(({ host, seconds }) => [host, seconds]));
  // Where all agree against us, it is our clock.
  const ours = away.length === answers.length;
  return Array.from(hosts, ([host, seconds], index) => ({
    id: index === 0 ? 'clock.server' : `clock.server.${index + 1}`,
    step: 'clock',
    status: 'warn',
    message: `the clock of ${plain(host)} is ${Math.abs(seconds)} s ${seconds > 0 ? 'ahead of' : 'behind'} this machine's`,
    fault: ours ? 'yours' : 'server',
    requirement: 'RFC 7519 section 4.1.4: whoever judges an expiry allows for a few minutes at most',
    fix: ours
      ? 'set the clock of this machine (timedatectl set-ntp true)'
      : 'whoever runs it has to set its clock',
  }));
}

/** Instead of the steps, where the configuration says that there are none. */
export function noSignInRow({ settings }: ConfiguredServer): Row {
  const how = {
    none: 'without a sign-in',
    header: 'with the Authorization header of the configuration',
    bearer: 'with the bearer token of the configuration',
    oauth: '',
  }[signInMode(settings)];
  return {
    id: 'challenge',
    step: 'challenge',
    status: 'skip',
    message: `it is configured to be used ${how}`,
  };
}

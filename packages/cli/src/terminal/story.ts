import { plain, quote, type AuthEvent, type Fact, type Step } from '@mcpass/auth';
import { clockTime, inWords } from './moment.js';

type Decision = Extract<AuthEvent, { type: 'decision' }>;
type Exchange = Extract<AuthEvent, { type: 'answer' | 'no_answer' }>;

/** An event as a sentence in the words of the person; nothing where it is no part of the story. Pure. */
export function storyLine(event: AuthEvent, nowMs: number): string | undefined {
  switch (event.type) {
    // Its answer says the same and more.
    case 'request':
      return undefined;
    case 'answer':
    case 'no_answer':
      return exchangeSentence(event);
    case 'decision':
      return decisionSentence(event, nowMs);
    case 'deviation':
      return `Tolerated: ${plain(event.text, 500)} (${event.id}).`;
    default:
      return event.waiting ? 'Waiting for a person.' : 'The waiting for a person is over.';
  }
}

/** What a request of a step asks for, after the name of whom it asks. */
const ASKED: Partial<Readonly<Record<Step, string>>> = {
  challenge: 'whether it wants a sign-in',
  resource: 'for the metadata of the protected resource',
  server: 'for the metadata of the authorization server',
  client: 'to register this client',
  authorization: 'to take the authorization request',
  token: 'for a token',
  refresh: 'to renew the token',
};

function exchangeSentence(event: Exchange): string | undefined {
  const who = URL.canParse(event.url) ? new URL(event.url).host : plain(event.url, 300);
  const came = event.type === 'answer' ? `it answered ${event.status}` : `no answer came (${event.code})`;
  const what = ASKED[event.step];
  if (what !== undefined) return `Asked ${who} ${what}: ${came}.`;
  // Messages that went well are the work itself, and many.
  return event.type === 'answer' && event.status < 400 ? undefined : `Sent a message to ${who}: ${came}.`;
}

type Facts = Decision['facts'];
type Sentence = (facts: Facts, nowMs: number) => string;

const SENTENCES: Readonly<Record<string, Sentence>> = {
  challenge: ({ demanded, resource_metadata: metadata, scope, error }) =>
    demanded === true
      ? `The server wants a sign-in${and('it names its metadata at', metadata)}${and('it asks for the scopes', scope)}${and('it says', error)}.`
      : 'The server did not demand a sign-in.',
  'resource metadata': ({ url, found, authorization_servers: servers, scopes_supported: scopes }) =>
    `The metadata of the resource is at ${word(url)} (${found === 'resource_metadata' ? 'where the server said' : `at a ${word(found)}`})${and('it names the authorization server', servers)}${and('it lists the scopes', scopes)}.`,
  'not here': ({ url, why }) => `Nothing to be found at ${word(url)}: ${word(why)}.`,
  'not usable': ({ url, issuer, why }) => `${word(url ?? issuer)} cannot be used: ${sentence(why)}`,
  'bound to a key': ({ algorithm, required }) =>
    `The tokens are bound to a key of this sign-in (DPoP, ${word(algorithm)}), ${required === true ? 'because the server wants it' : 'because the server offers it'}.`,
  'pushed request': ({ endpoint }) =>
    `What is asked for was sent to ${word(endpoint)} and does not go through the browser.`,
  'device code': ({ verification_uri: uri }) => `A code is to be entered at ${word(uri)}, on any device.`,
  resource: ({ resource, because }) =>
    resource === 'left out'
      ? 'The token is asked for without a resource, because the configuration says so.'
      : `The token is asked for the resource ${word(resource)}, because ${RESOURCE_REASONS[String(because)] ?? word(because)}.`,
  'authorization server': ({ issuer, candidates, url }) =>
    `The authorization server is ${word(issuer)}${typeof candidates === 'number' && candidates > 1 ? `, the first of ${candidates} that can be used` : ''}${and('its metadata is at', url)}.`,
  client: ({ client_id: id, origin, reused, redirect_uri: redirect }) =>
    `The client is ${word(id)}, ${reused === true ? 'registered before' : (CLIENT_ORIGINS[String(origin)] ?? word(origin))}${and('the answer comes back to', redirect)}.`,
  'scopes found': ({ in: place, scopes }) => `Scopes found in ${word(place)}: ${words(scopes)}.`,
  scopes: ({ asking, from, offline_access: offline }) =>
    asking === 'none'
      ? 'No scope is asked for by name, because nobody names one.'
      : `The scopes that are asked for come from ${word(from)}: ${words(asking)}${offline === undefined ? '' : `; offline_access was ${word(offline)}`}.`,
  'authorization URL': ({ endpoint }) => `A person has to agree at ${word(endpoint)}.`,
  callback: ({ iss }) =>
    `The answer of the sign-in came${iss === 'none' ? '' : `, from ${word(iss)}`}, and belongs to this one.`,
  // The first token of a grant that needs no person.
  'token: paused': ({ until }, nowMs) =>
    `No token is asked for before ${typeof until === 'number' ? clockTime(until, nowMs) : word(until)}, because an earlier request failed.`,
  'token: failed': ({ why }) => `No token could be had: ${sentence(why)}`,
  'token: token': ({ refresh_token: renewal, expires_in: life, scopes_granted: granted, missing }) =>
    `A token came${lifetime(life)}${renewal === 'came' ? ', with a refresh token: it renews itself' : ', without a refresh token: it cannot renew itself'}${granted === 'as asked' ? '' : `; granted: ${words(granted)}`}${isNone(missing) ? '' : `; not granted: ${words(missing)}`}.`,
  'refresh: token': ({ refresh_token: renewal, expires_in: life }) =>
    `The token was renewed: a new one came${lifetime(life)}${renewal === 'came' ? ', with a new refresh token' : ', and the refresh token stays'}.`,
  adopted: ({ because }) => `Not renewed here: ${word(because)}.`,
  joined: ({ because }) => `The sign-in is used that is there: ${word(because)}.`,
  assertion: ({ iss, sub, expires_in: seconds }) =>
    `The token of this workload is good for another ${word(seconds)} seconds${and('it comes from', iss)}${and('it is for', sub)}.`,
  'identity assertion': ({ provider, audience }) =>
    `The identity provider ${word(provider)} vouches for you to ${word(audience)}.`,
  paused: ({ until }, nowMs) =>
    `No renewal is tried before ${typeof until === 'number' ? clockTime(until, nowMs) : word(until)}, because an earlier one failed.`,
  skipped: ({ because }) => `The token is not renewed: ${word(because)}.`,
  failed: ({ why }) => `The token could not be renewed: ${sentence(why)}`,
  unstored: ({ why }) => `The renewed token could not be saved: ${sentence(why)}`,
  'token endpoint moved': ({ from, to }) => `The token endpoint has moved from ${word(from)} to ${word(to)}.`,
  'token endpoint gone': ({ why }) => `No other token endpoint was found: ${sentence(why)}`,
  revocation: ({ token, failed }) =>
    failed === undefined
      ? `The server has revoked the ${word(token).replace('_', ' ')}.`
      : `The ${word(token).replace('_', ' ')} could not be revoked: ${sentence(failed)}`,
  'step-up': ({ wanted, granted, asking }) =>
    `The server wants the scopes ${words(wanted)} and the sign-in has ${words(granted)}: all of these are needed: ${words(asking)}.`,
};

const RESOURCE_REASONS: Readonly<Record<string, string>> = {
  metadata: 'its metadata says so',
  'server URL': 'that is the address of the server',
  configured: 'the configuration says so',
};

const CLIENT_ORIGINS: Readonly<Record<string, string>> = {
  configured: 'as configured',
  metadata_document: 'a metadata document',
  registered: 'registered now',
};

function decisionSentence({ step, what, facts }: Decision, nowMs: number): string {
  const told = SENTENCES[`${step}: ${what}`] ?? SENTENCES[what];
  if (told !== undefined) return told(facts, nowMs);
  const list = Object.entries(facts).map(([name, fact]) => `${name.replaceAll('_', ' ')} ${words(fact)}`);
  return `${what.charAt(0).toUpperCase()}${what.slice(1)}${list.length === 0 ? '' : `: ${list.join(', ')}`}.`;
}

function lifetime(seconds: Fact | undefined): string {
  return typeof seconds === 'number'
    ? ` that lives for ${inWords(seconds)}`
    : ' that does not say how long it lives';
}

function and(before: string, fact: Fact | undefined): string {
  return isNone(fact) ? '' : `; ${before} ${words(fact)}`;
}

function isNone(fact: Fact | undefined): boolean {
  return fact === undefined || (typeof fact === 'object' && fact.length === 0);
}

/** One thing: an address, or words of ours. */
function word(fact: Fact | undefined): string {
  return plain(Array.isArray(fact) ? fact.join(' ') : String(fact ?? ''), 2_000);
}

/** A list of somebody else's words. */
function words(fact: Fact | undefined): string {
  const text = word(fact);
  return /^https?:\/\/\S+$/.test(text) ? text : text === '' ? 'none' : quote(text, 2_000);
}

/** What ends with a full stop as messages do, or gets one. */
function sentence(fact: Fact | undefined): string {
  return word(fact).replace(/\.?$/, '.');
}

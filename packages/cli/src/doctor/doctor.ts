import {
  type Examination,
  isMcpassError,
  isUnattended,
  plain,
  shownUrl,
  type Clock,
  type CredentialRecord,
  type User,
} from '@mcpass/auth';
import type { Deps } from '../deps.js';
import { openServer, type ServerAccess } from '../servers/server-access.js';
import { deviationText } from '../servers/deviation-texts.js';
import { usesSignIn } from '../servers/server-state.js';
import { expiryText } from '../servers/sign-in-facts.js';
import { findPerson, takeTurns } from '../sign-in/person.js';
import { isProxied, proxyFor } from '@mcpass/node/fetch';
import { recordConversation, type Turn } from './conversation.js';
import { type Consent, pageRows, watchConsent } from './consent-page.js';
import { machineRows } from './local.js';
import { wayTo } from './network.js';
import { secretsOf } from './public-report.js';
import type { Report, Section } from './report.js';
import { contextOf, failedRow, type Row, type RowContext } from './row.js';
import { serverRows } from './server-rows.js';
import { deviationRows, noSignInRow, signInRows, toleratedRow } from './sign-in-rows.js';
import { sessionRows, storedRows } from './stored-rows.js';

export interface DoctorWish {
  /** Signs in for real, after the look. */
  readonly login?: boolean;
  /** Renews for real. */
  readonly refresh?: boolean;
  /** Who signs in, and whose time counts; the person at this machine and its clock when absent. */
  readonly user?: User;
  readonly clock?: Clock;
  /** Milliseconds that a person has; 300,000 when absent. */
  readonly consentTimeoutMs?: number | undefined;
  /** Milliseconds that a server has for its greeting and for the list of its tools. */
  readonly patienceMs?: number;
}

const PATIENCE_MS = 15_000;

/** This machine, and each configured server in a row. */
export async function examineMachine(deps: Deps): Promise<Report> {
  const context = contextOf(deps);
  const conversation = recordConversation(deps.events);
  try {
    const machine = { title: 'This machine', rows: await machineRows(deps, context) };
    const servers = { title: 'Servers', rows: await serverRows(deps) };
    return {
      sections: servers.rows.length === 0 ? [machine] : [machine, servers],
      turns: conversation.turns,
      known: { secrets: [], addresses: [] },
    };
  } finally {
    conversation.end();
  }
}

/** This machine and one server, step by step in the order of a sign-in. */
export async function examineServer(deps: Deps, server: string, wish: DoctorWish = {}): Promise<Report> {
  const context = contextOf(deps, server);
  const conversation = recordConversation(deps.events);
  const consent = watchConsent();
  const shown = URL.canParse(server) ? shownUrl(server) : server;
  const sections: Section[] = [{ title: 'This machine', rows: await machineRows(deps, context) }];
  try {
    // What is odd about the entry is a row; a passphrase may have to be asked for all the same.
    const unspoken = { ...deps, io: { ...deps.io, say: () => undefined } };
    const access = openServer(unspoken, server, {
      clock: wish.clock,
      consentTimeoutMs: wish.consentTimeoutMs,
      signIn: wish.login === true ? 'when_needed' : 'never',
      person: ({ name }, { config, paths }) => ({
        // Without --login nobody is asked, and only the place for an answer is opened.
        user: consent.watch(
          wish.user ?? findPerson(deps, { name, answeredElsewhere: wish.login !== true }).user,
        ),
        turns: wish.login === true ? takeTurns(deps, config, paths, (line) => deps.io.say(line)) : undefined,
      }),
    });
    const { url } = access.server.settings;
    const about = {
      access,
      context: { ...context, host: new URL(url).host },
      turns: conversation.turns,
      consent,
    };
    const examined = await remoteSections(deps, about, wish);
    return {
      server: shown,
      url: shownUrl(url),
      sections: [...sections, ...examined],
      turns: conversation.turns,
      known: { secrets: await knownSecrets(access), addresses: [server, url].filter(isAddress) },
    };
  } catch (thrown) {
    // What the configuration says of this server, or of all.
    const row = failedRow('server', thrown, context);
    const known = sections[0]?.rows.some(
      ({ status, message }) => status === 'fail' && message === row.message,
    );
    const rows = known === true ? [] : [{ ...row, id: 'entry' }];
    return {
      server: shown,
      sections: [...sections, { title: 'The entry', rows }],
      turns: conversation.turns,
      known: { secrets: [], addresses: [server].filter(isAddress) },
    };
  } finally {
    conversation.end();
  }
}

function isAddress(text: string): boolean {
  return URL.canParse(text);
}

/** What a server could have repeated. */
async function knownSecrets({ server, authorizer }: ServerAccess): Promise<readonly string[]> {
  return secretsOf(server.settings, await authorizer.record().catch(() => undefined));
}

interface Examined {
  readonly access: ServerAccess;
  readonly context: RowContext;
  readonly turns: readonly Turn[];
  readonly consent: Consent;
}

async function remoteSections(deps: Deps, examined: Examined, wish: DoctorWish): Promise<readonly Section[]> {
  const { access, context, turns } = examined;
  const { server } = access;
  const way = {
    title: 'The way there',
    rows: [...entryRows(access), ...(await wayRows(deps, access, context))],
  };
  const stored = await storedRecord(access, context);
  const blocked = way.rows.some(({ status }) => status === 'fail');
  const about = { access, record: stored.record, context };
  if (blocked) {
    const kept = stored.row === undefined ? storedRows(about, Date.now()) : [stored.row];
    return [way, { title: 'What is stored', rows: usesSignIn(server) ? kept : [] }].filter(
      ({ rows }) => rows.length > 0,
    );
  }
  const signIn: Row[] = [];
  let demanded = true;
  let wayFound = true;
  if (usesSignIn(server)) {
    const examination = await access.authorizer.examine();
    demanded = wantsToken(examination);
    wayFound = examination.steps.every(({ error }) => error === undefined);
    signIn.push(...signInRows(examination, { settings: server.settings, turns, context }));
  } else signIn.push(noSignInRow(access.server));
  const sections: Section[] = [way, { title: 'Signing in', rows: signIn }];
  const did = [...(await realRows(examined, wayFound ? wish : { ...wish, login: false }))];
  if (wish.login === true && !wayFound) {
    const message = 'not tried: a sign-in would end where the look has ended';
    did.push({ id: 'signed-in', step: 'token', status: 'skip', message });
  }
  if (did.length > 0) sections.push({ title: 'For real', rows: did });
  // What was done for real has changed it.
  const now = did.length === 0 ? stored : await storedRecord(access, context);
  const use: Row[] = [];
  if (usesSignIn(server))
    use.push(
      ...(now.row === undefined ? storedRows({ ...about, record: now.record }, Date.now()) : [now.row]),
      ...toleratedRows(now.record, sections),
    );
  use.push(
    ...(await sessionRows(
      deps,
      { ...about, record: now.record },
      { demanded, patienceMs: wish.patienceMs ?? PATIENCE_MS },
    )),
  );
  return [...sections, { title: 'Using it', rows: use }];
}

/** What was tolerated at the sign-in that is stored, and shows only there: in its token answer, its registration. */
function toleratedRows(record: CredentialRecord | undefined, sections: readonly Section[]): readonly Row[] {
  const shown = sections.flatMap(({ rows }) => rows.map(({ id }) => id));
  const ids = new Set(record?.grant?.deviations);
  return [...ids]
    .filter((id) => !shown.some((known) => known.endsWith(`.${id}`)))
    .map((id) => toleratedRow(`credential.${id}`, 'credential', { id, text: deviationText(id) }));
}

/** What is odd about the entry of the configuration, and what it excuses the server from. */
function entryRows({ server: { warnings, overrides } }: ServerAccess): readonly Row[] {
  return [
    ...warnings.map(({ message }, index) => ({
      id: `entry.${index + 1}`,
      step: 'config' as const,
      status: 'warn' as const,
      message: plain(message, 1_000),
      fault: 'yours' as const,
      fix: 'mcpass config edit',
    })),
    ...(overrides.length === 0
      ? []
      : [
          {
            id: 'entry.overrides',
            step: 'config' as const,
            status: 'warn' as const,
            message: `checks that this server is excused from: ${overrides.join(', ')}`,
            fault: 'yours' as const,
            fix: 'take out those that it no longer needs (mcpass config edit)',
          },
        ]),
  ];
}

async function wayRows(
  deps: Deps,
  { server, connecting }: ServerAccess,
  context: RowContext,
): Promise<readonly Row[]> {
  const url = new URL(server.settings.url);
  if (!isProxied(url, deps.env)) return wayTo(url, context, connecting);
  try {
    const proxy = proxyFor(url, deps.env);
    const message = `through the proxy ${plain(proxy?.host ?? '')}, which finds the server by itself`;
    return [{ id: 'connect', step: 'connect', status: 'ok', message }];
  } catch (thrown) {
    return [failedRow('connect', thrown, context)];
  }
}

/** What is stored, or why it cannot be read. */
async function storedRecord(
  { authorizer }: ServerAccess,
  context: RowContext,
): Promise<{ readonly record?: CredentialRecord; readonly row?: Row }> {
  try {
    const record = await authorizer.record();
    return record === undefined ? {} : { record };
  } catch (thrown) {
    return { row: failedRow('credential', thrown, context) };
  }
}

/** What `--refresh` and `--login` have done. */
async function realRows(
  { access: { authorizer, fetch, server }, context, turns, consent }: Examined,
  wish: DoctorWish,
): Promise<readonly Row[]> {
  const rows: Row[] = [];
  const really = async (
    id: 'refreshed' | 'signed-in',
    step: Row['step'],
    work: () => Promise<CredentialRecord>,
  ) => {
    const began = performance.now();
    const before = turns.length;
    const ms = () => Math.round(performance.now() - began);
    try {
      const record = await work();
      const got = isUnattended(server.settings) ? 'got a token' : 'signed in';
      const verb = id === 'refreshed' ? 'renewed' : got;
      rows.push({
        id,
        step,
        status: 'ok',
        message: `${verb}; expires ${expiryText(record, Date.now())}`,
        ms: ms(),
      });
    } catch (thrown) {
      // Nobody came back: what the page had to say shows whose fault that is.
      if (isMcpassError(thrown) && thrown.code === 'login_timeout')
        rows.push(...(await pageRows(consent.asked(), fetch, context)));
      const row = failedRow(id, thrown, context, ms());
      // What the credential lacks, the renewal has not brought.
      rows.push(id === 'refreshed' && row.step === 'credential' ? { ...row, step } : row);
    }
    rows.push(...deviationRows(turns.slice(before), `${id}.`));
  };
  if (wish.refresh === true) await really('refreshed', 'refresh', () => authorizer.refresh());
  if (wish.login === true)
    await really('signed-in', 'token', async () => (await authorizer.signIn({ force: true })).record);
  return rows;
}

/** Whether somebody without a token is let in no further: also where the server does not say so as it should. */
function wantsToken({ found, answers }: Examination): boolean {
  const status = answers.findLast(({ step }) => step === 'challenge')?.status ?? 0;
  return found.demanded !== false || (status >= 400 && found.metadata !== undefined);
}

import { accessTokenLives, isRenewable, mayBeOffered } from './state.js';
import { isMcpassError, McpassError, type Step } from '../errors.js';
import type { Fact } from '../events.js';
import type { Ports } from '../ports.js';
import { plain } from '../text.js';
import type { CredentialRecord, PendingSignIn, RecordKey, Tokens } from './record.js';
import { type DoubtParts, isDoubted, noteAcceptance, noteRejection, noteVainRenewal } from './doubt.js';
import { createEvidence, type Evidence } from './evidence.js';
import { pausedUntilS, pauseError } from './pause.js';
import { refresh, type Wanting, wantsRenewal } from './refresh.js';
import type { Secret } from '../secret.js';
import { createEntryStore } from './entry-store.js';
import { recordKeyOf } from './fit.js';
import { isUnattended } from '../server/grant-type.js';
import { parseServerUrl } from '../server/url.js';
import type { ServerSettings } from '../server/settings.js';
import { type Examination, examineSignIn } from '../sign-in/examination.js';
import { adoptTokens, beginSignIn, finishSignIn } from '../sign-in/sign-in.js';
import type { SignInStart, SignInParts } from '../sign-in/context.js';
import { parseGivenTokens } from '../sign-in/steps/given-tokens.js';
import { signInInTurn, type SignInWanted } from '../sign-in/turn.js';
import { createProofs, type Proofs } from '../oauth/proofs.js';
import { obtain } from '../sign-in/unattended.js';
import { createWire, type Wire } from '../oauth/wire.js';

/** Sign-ins that answers of one server may start before it is believed that no sign-in will content it … */
const SIGN_IN_LIMIT = 3;
/** … and for how long, in milliseconds. */
const SIGN_IN_PAUSE_MS = 600_000;

/** What one credential can do: be read, renewed, and made anew. Each at most once at a time, however many ask. */
export interface Credential {
  readonly key: RecordKey;
  readonly server: URL;
  /** As this entry sees the store. */
  readonly ports: Ports;
  readonly wire: Wire;
  readonly proofs: Proofs;
  decide(step: Step, what: string, facts: Readonly<Record<string, Fact>>): void;
  read(): Promise<CredentialRecord | undefined>;
  /** The stored record, its token renewed first when it is about to expire and can be. Never starts a sign-in. */
  current(): Promise<CredentialRecord | undefined>;
  /** Renews; see `refresh`. */
  renew(wanting: Wanting | undefined): Promise<CredentialRecord>;
  signIn(wanted: SignInWanted, signal?: AbortSignal): Promise<CredentialRecord>;
  /** The two halves of a sign-in whose answer comes later, maybe to another process. */
  begin(start: Omit<SignInStart, 'previous'>, signal?: AbortSignal): Promise<PendingSignIn>;
  finish(pending: PendingSignIn, signal?: AbortSignal): Promise<CredentialRecord>;
  /** Keeps tokens of a sign-in that was made elsewhere. */
  adopt(tokens: Secret, signal?: AbortSignal): Promise<CredentialRecord>;
  /** What a sign-in would do, as far as that can be known without one. */
  examine(start: Omit<SignInStart, 'previous'>, signal?: AbortSignal): Promise<Examination>;
  /** What the server did with the requests of this process. */
  readonly evidence: Pick<Evidence, 'unproven' | 'isProven' | 'signedInInVain' | 'lifeSign'>;
  /** Notes that nothing was accepted with a token that was renewed a moment ago. */
  reject(token: Secret, error: McpassError): Promise<void>;
  /** Notes that a renewal was no help against the refusal of one request. */
  renewedInVain(token: Secret): Promise<void>;
  /** The server has accepted a request, with that token or none. */
  worked(token: Secret | undefined, request: Accepted): Promise<void>;
}

export interface Accepted {
  /** The server refused the same request before. */
  readonly helped: boolean;
  /** The record says something against the token, which others should not believe any more. */
  readonly doubted: boolean;
}

export interface CredentialParts {
  readonly settings: ServerSettings;
  /** This one and no other, whatever the settings stand for. */
  readonly stored?: RecordKey | undefined;
  readonly ports: Ports;
  readonly consentTimeoutMs: number;
}

export function createCredential({
  settings,
  stored,
  consentTimeoutMs,
  ...given
}: CredentialParts): Credential {
  const server = parseServerUrl(settings.url);
  const key = stored ?? recordKeyOf(settings);
  const ports: Ports =
    stored === undefined
      ? { ...given.ports, store: createEntryStore(given.ports.store, settings) }
      : given.ports;
  const proofs = createProofs(ports.clock, ports.random);
  const wire = createWire({ server, settings, ports, proofs });
  const decide = (step: Step, what: string, facts: Readonly<Record<string, Fact>>) => {
    ports.observe({ type: 'decision', step, what, facts: plainFacts(facts) });
  };
  const deviate = (step: Step, id: string, text: string) => {
    ports.observe({ type: 'deviation', step, id, text: plain(text) });
  };
  let renewing: Promise<CredentialRecord> | undefined;
  let signingIn: Promise<CredentialRecord> | undefined;
  const evidence = createEvidence(ports.clock);
  const doubt: DoubtParts = { key, ports };
  /** When answers of the server started sign-ins that have not helped yet, in milliseconds since the epoch. */
  let inVain: readonly number[] = [];

  const remember = (how: 'renewed' | 'signed_in') => (record: CredentialRecord) => {
    const token = record.grant?.tokens.access;
    if (token !== undefined) evidence.issued(token, how);
    return record;
  };

  const renew = (wanting: Wanting | undefined): Promise<CredentialRecord> => {
    renewing ??= renewed(wanting).finally(() => {
      renewing = undefined;
    });
    return renewing;
  };

  async function renewed(wanting: Wanting | undefined): Promise<CredentialRecord> {
    if (isUnattended(settings)) {
      const record = await ports.store.read(key);
      // What the server refuses before its time may come from a place that is another one by now.
      const isRefused = wanting?.refused === true || isDoubted(record);
      if (record?.grant === undefined || isRefused)
        return signIn({ start: {}, instead: record, unasked: wanting !== undefined }, undefined);
    }
    const record = await refresh(wanting, { key, settings, server, wire, ports, decide, deviate });
    return remember('renewed')(record);
  }

  const parts = (signal: AbortSignal | undefined): SignInParts => {
    return { settings, server, key, ports, wire, proofs, signal, consentTimeoutMs, decide, deviate };
  };

  /** A failure that no record can tell about later: whoever watches hears of it now. */
  const sayUnstored = ({ message }: McpassError, { expiresAtS }: Tokens) => {
    decide('refresh', 'unstored', {
      why: message,
      ...(expiresAtS !== undefined && { token_ends: expiresAtS }),
    });
  };

  async function start(wanted: SignInWanted, signal: AbortSignal | undefined): Promise<CredentialRecord> {
    // Whoever asks for a sign-in by name gets one; an answer of the server does not for ever.
    if (wanted.start.answer !== undefined) {
      const nowMs = ports.clock.now();
      inVain = [...inVain.filter((atMs) => nowMs - atMs < SIGN_IN_PAUSE_MS), nowMs];
      if (inVain.length > SIGN_IN_LIMIT) {
        throw new McpassError(
          'token_rejected',
          `${server.host} asked for a sign-in again after ${SIGN_IN_LIMIT}; that will not end.`,
          { step: 'session', fault: 'server' },
        );
      }
    }
    return isUnattended(settings) ? obtain(wanted, parts(signal)) : signInInTurn(wanted, parts(signal));
  }

  function signIn(wanted: SignInWanted, signal: AbortSignal | undefined): Promise<CredentialRecord> {
    signingIn ??= start(wanted, signal)
      .then(remember('signed_in'))
      .finally(() => {
        signingIn = undefined;
      });
    return signingIn;
  }

  return {
    key,
    server,
    ports,
    wire,
    proofs,
    decide,
    read: () => ports.store.read(key),

    async current() {
      const record = await ports.store.read(key);
      const tokens = record?.grant?.tokens;
      if (tokens === undefined || !wantsRenewal(tokens, ports.clock.now())) return record;
      if (!isRenewable(record)) return record;
      const nowMs = ports.clock.now();
      const untilS = pausedUntilS(record, nowMs);
      if (untilS !== undefined && record?.lastRefresh !== undefined) {
        decide('refresh', 'paused', { until: untilS });
        if (mayBeOffered(record, nowMs)) return record;
        throw pauseError(record.lastRefresh, untilS, nowMs);
      }
      try {
        return await renew({ token: tokens.access, refused: false });
      } catch (error) {
        // Trouble on the way to a new token is none of the caller's as long as the old one lives.
        const isOver = isMcpassError(error) && error.code === 'login_required';
        const isGood = isOver ? accessTokenLives : mayBeOffered;
        if (!sparesTheToken(error) || !isGood(record, ports.clock.now())) throw error;
        if (isMcpassError(error) && error.step === 'store') sayUnstored(error, tokens);
        return record;
      }
    },

    renew,

    evidence,

    reject: (token, error) => noteRejection(token, error, doubt),

    // Only to spare others a renewal.
    renewedInVain: (token) => noteVainRenewal(token, doubt).catch(() => undefined),

    signIn,

    begin: async (from, signal) =>
      beginSignIn({ ...from, previous: await ports.store.read(key) }, parts(signal)),

    finish: async (pending, signal) => remember('signed_in')(await finishSignIn(pending, parts(signal))),

    async adopt(tokens, signal) {
      const given = parseGivenTokens(tokens, ports.clock.now());
      const previous = await ports.store.read(key);
      return remember('signed_in')(await adoptTokens({ given, previous }, parts(signal)));
    },

    async examine(from, signal) {
      // What cannot be read is told by who looks at the store; the servers can be asked all the same.
      const previous = await ports.store.read(key).catch(() => undefined);
      return examineSignIn({ ...from, previous }, parts(signal));
    },

    async worked(token, { helped, doubted }) {
      evidence.accepted(token);
      if (helped) inVain = [];
      // What speaks for it is no condition of using it.
      if (doubted && token !== undefined) await noteAcceptance(token, doubt).catch(() => undefined);
    },
  };
}

/** All but one: when the new token could not be stored, the refresh token that is stored may have been spent for it. */
function sparesTheToken(error: unknown): boolean {
  return isMcpassError(error) && (error.step !== 'store' || error.facts['spent'] === false);
}

function plainFacts(facts: Readonly<Record<string, Fact>>): Record<string, Fact> {
  return Object.fromEntries(
    Object.entries(facts).map(([name, fact]) => {
      if (typeof fact === 'string') return [name, plain(fact, 500)];
      if (typeof fact === 'number' || typeof fact === 'boolean') return [name, fact];
      return [name, fact.slice(0, 100).map((entry) => plain(entry, 200))];
    }),
  );
}

/** The scopes that a record stands for: as granted, or as requested where the server did not say. */
export function scopesOf(record: CredentialRecord | undefined): readonly string[] {
  const grant = record?.grant;
  return grant?.grantedScopes ?? grant?.requestedScopes ?? [];
}

import { accessTokenLives } from './credential-state.js';
import { isMcpassError, McpassError, type Step } from './errors.js';
import type { Fact } from './events.js';
import type { Ports } from './ports.js';
import { plain } from './quote.js';
import type { CredentialRecord, RecordKey } from './record.js';
import { refresh, renewAtMs } from './refresh.js';
import type { Secret } from './secret.js';
import { parseServerUrl, serverIdentity } from './server-url.js';
import type { ServerSettings } from './settings.js';
import { type SignInParts, signIn } from './sign-in.js';
import type { SignInStart } from './sign-in-context.js';
import { createWire, type Wire } from './wire.js';

/** Sign-ins that one process starts for one server before it believes that the server will never be content. */
const SIGN_IN_LIMIT = 3;

/** What one credential can do: be read, renewed, and made anew. Each at most once at a time, however many ask. */
export interface Credential {
  readonly key: RecordKey;
  readonly server: URL;
  readonly wire: Wire;
  decide(step: Step, what: string, facts: Readonly<Record<string, Fact>>): void;
  read(): Promise<CredentialRecord | undefined>;
  /** The stored record, its token renewed first when it is about to expire and can be. Never starts a sign-in. */
  current(): Promise<CredentialRecord | undefined>;
  /** Renews; `presented` is the access token that was not good enough. */
  renew(presented: Secret | undefined): Promise<CredentialRecord>;
  signIn(start: Omit<SignInStart, 'previous'>, signal?: AbortSignal): Promise<CredentialRecord>;
}

export interface CredentialParts {
  readonly settings: ServerSettings;
  readonly ports: Ports;
  readonly consentTimeoutMs: number;
}

export function createCredential({ settings, ports, consentTimeoutMs }: CredentialParts): Credential {
  const server = parseServerUrl(settings.url);
  const key: RecordKey = { server: serverIdentity(settings.url), account: settings.account ?? 'default' };
  const wire = createWire({ server, settings, ports });
  const decide = (step: Step, what: string, facts: Readonly<Record<string, Fact>>) => {
    ports.observe({ type: 'decision', step, what, facts: plainFacts(facts) });
  };
  const deviate = (step: Step, id: string, text: string) => {
    ports.observe({ type: 'deviation', step, id, text: plain(text) });
  };
  let renewing: Promise<CredentialRecord> | undefined;
  let signingIn: Promise<CredentialRecord> | undefined;
  let signIns = 0;

  const renew = (presented: Secret | undefined): Promise<CredentialRecord> => {
    renewing ??= refresh(presented, { key, settings, wire, ports, decide, deviate }).finally(() => {
      renewing = undefined;
    });
    return renewing;
  };

  async function start(
    from: Omit<SignInStart, 'previous'>,
    signal: AbortSignal | undefined,
  ): Promise<CredentialRecord> {
    signIns += 1;
    if (signIns > SIGN_IN_LIMIT) {
      throw new McpassError(
        'token_rejected',
        `${server.host} asked for a sign-in again after ${SIGN_IN_LIMIT}; that will not end.`,
        { step: 'session', fault: 'server' },
      );
    }
    const parts: SignInParts = {
      settings,
      server,
      key,
      ports,
      wire,
      signal,
      consentTimeoutMs,
      decide,
      deviate,
    };
    return signIn({ ...from, previous: await ports.store.read(key) }, parts);
  }

  return {
    key,
    server,
    wire,
    decide,
    read: () => ports.store.read(key),

    async current() {
      const record = await ports.store.read(key);
      const tokens = record?.grant?.tokens;
      if (tokens === undefined || ports.clock.now() < renewAtMs(tokens)) return record;
      if (tokens.refresh === undefined || record?.signInNeeded !== undefined) return record;
      try {
        return await renew(tokens.access);
      } catch (error) {
        // Trouble at the authorization server is none of the caller's as long as the token lives.
        if (isMcpassError(error) && accessTokenLives(record, ports.clock.now())) return record;
        throw error;
      }
    },

    renew,

    signIn(from, signal) {
      signingIn ??= start(from, signal).finally(() => {
        signingIn = undefined;
      });
      return signingIn;
    },
  };
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

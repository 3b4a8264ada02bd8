import type { Step } from '../errors.js';
import type { Fact } from '../events.js';
import type { Ports, CallbackServer, RedirectWish } from '../ports.js';
import type { ClientMove, CredentialRecord, RecordKey } from '../credential/record.js';
import type { ServerSettings } from '../server/settings.js';
import type { Challenge } from '../oauth/challenge.js';
import type { Proofs } from '../oauth/proofs.js';
import type { TokenAnswer } from '../oauth/token-answer.js';
import type { Wire } from '../oauth/wire.js';

/** What every step of one sign-in may use. Nothing in it changes while the steps run. */
export interface SignInContext {
  readonly settings: ServerSettings;
  readonly server: URL;
  readonly key: RecordKey;
  readonly ports: Ports;
  readonly wire: Wire;
  readonly proofs: Proofs;
  readonly signal?: AbortSignal | undefined;
  readonly consentTimeoutMs: number;
  /** Called when the person is about to be asked. */
  readonly onConsent?: () => void;
  /** Opens the place for the answer; a second call gives the same one. */
  receive(wish: RedirectWish): Promise<CallbackServer>;
  decide(step: Step, what: string, facts: Readonly<Record<string, Fact>>): void;
  deviate(step: Step, id: string, text: string): void;
  /** Ids of what this attempt has tolerated so far. */
  readonly deviations: readonly string[];
}

/** Why and with what a sign-in begins. */
export interface SignInStart {
  /** Of the answer that made the sign-in necessary; absent when nobody has asked the server yet. */
  readonly answer?: ChallengedAnswer;
  /** Given for this sign-in: replaces every other source of scopes. */
  readonly scopes?: readonly string[];
  /** Asked for besides, because a step-up needs them and those before them. */
  readonly alsoScopes?: readonly string[];
  /** What was stored before. */
  readonly previous?: CredentialRecord | undefined;
  /** The configured client belongs to another server now. */
  readonly clientMove?: ClientMove;
  /** The stored registration was refused: make a new one. */
  readonly newClient?: boolean;
  /** The authorization server wants a proof of possession, although nobody has said so. */
  readonly bound?: boolean;
  /** Of a sign-in that was made elsewhere, brought by a person. */
  readonly given?: TokenAnswer;
  /** The server refused `offline_access` although it lists it. */
  readonly withoutOfflineAccess?: boolean;
}

export interface ChallengedAnswer {
  readonly status: number;
  readonly challenge?: Challenge | undefined;
}

/** Context without what only one attempt has. */
export type SignInParts = Omit<SignInContext, 'receive' | 'deviations'>;

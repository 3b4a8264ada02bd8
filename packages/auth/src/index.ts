export { createAuthorizer } from './authorizer.js';
export type {
  AccessToken,
  Authorizer,
  AuthorizerOptions,
  SignInBegun,
  SignInOptions,
  SignInPolicy,
  SignInResult,
} from './authorizer.js';
export { ATTEMPT_LIMIT, NEW_EXCHANGE } from './credential/use.js';
export type { Answer, Attached, Exchange, RequestAuthorization, Verdict } from './credential/use.js';
export { blamesSession } from './credential/unauthorized.js';
export type { Purpose } from './credential/unauthorized.js';
export { isRedirect, judgeRedirect, isSameServer } from './server/redirect.js';
export { disownsSession, speaksOfSession } from './server/session-words.js';
export { signInMode } from './server/sign-in-mode.js';
export type { SignInMode } from './server/sign-in-mode.js';
export type { Examination, ExaminedAnswer, ExaminedStep, ExaminedStepName } from './sign-in/examination.js';
export type { SignOutReport } from './credential/sign-out.js';
export { findMcpassError, isMcpassError, McpassError } from './errors.js';
export type { ErrorCode, ErrorDetails, Fault, Remedy, Step } from './errors.js';
export type { AuthEvent, Deviation, Fact, Observe } from './events.js';
export { clockWasSetBack, credentialState, hasRenewal, isRenewable } from './credential/state.js';
export type { CredentialState } from './credential/state.js';
export { grantExtensions, grantWords, isUnattended, opensPage } from './server/grant-type.js';
export type { GrantType } from './server/grant-type.js';
export { createMemoryStore } from './credential/memory-store.js';
export type { ClientMove } from './credential/record.js';
export type {
  BoundClient,
  ClientBinding,
  ClientBindings,
  Clock,
  ConsentRequest,
  DeviceRequest,
  Hold,
  Outcome,
  Ports,
  CallbackServer,
  RedirectWish,
  SignInTurns,
  Store,
  User,
} from './ports.js';
export type { Fetch } from './platform-types.js';
export { isJsonObject, objectIn, parseJsonObject } from './json-object.js';
export type { JsonObject } from './json-object.js';
export { didYouMean, nearest } from './suggestion.js';
export { knownRefusal } from './oauth/known-refusal.js';
export { networkFailure, PRIVATE_ADDRESS } from './oauth/network-failure.js';
export { isPrivateAddress, isPrivateHost } from './server/endpoint-rule.js';
export { clientDocument } from './oauth/client-document.js';
export { publicJwk, readClientKey } from './oauth/client-key.js';
export type { ClientKey } from './oauth/client-key.js';
export { isScopeToken } from './oauth/scope.js';
export { isTransientStatus, retryAfterSeconds } from './oauth/wire.js';
export { judgeAccountLabel } from './server/account-label.js';
export { isGuid, isIssuedKey, isSecretName, looksRandom } from './likely-secret.js';
export { arePrintableAsciiLines, isPrintableAscii, plain, quote, replaceUnsafe } from './text.js';
export { CodecError } from './credential/codec.js';
export { createEntryStore } from './credential/entry-store.js';
export { fitsEntry, placesOf, recordKeyOf, wouldMake } from './credential/fit.js';
export {
  decodeRecord,
  emptyRecord,
  encodeRecord,
  keyText,
  RECORD_VERSION,
  recordName,
} from './credential/record.js';
export type {
  Client,
  CredentialRecord,
  DeviceCode,
  Endpoints,
  Grant,
  Identity,
  LastRefresh,
  LastSignIn,
  PendingConsent,
  PendingDevice,
  PendingSignIn,
  RecordKey,
  RefreshOutcome,
  Tokens,
} from './credential/record.js';
export { mayTakeAnotherWay } from './server/another-way.js';
export { inertAddress } from './server/inert-address.js';
export { judgePageAddress, openableAddress } from './server/page-address.js';
export { shownUrl } from './server/shown-url.js';
export { coversServer, isLoopbackHost, parseServerUrl, identityUrl, serverIdentity } from './server/url.js';
export { Secret } from './secret.js';
export type {
  AuthMethod,
  ClientKeySource,
  ConfiguredClient,
  IdentityProvider,
  OfflineAccess,
  RegistrationChoice,
  SecretPlaces,
  ServerSettings,
  SigningAlgorithm,
  SubjectToken,
  UnsafeOverrides,
  Use,
} from './server/settings.js';
export { createPageUser, webClock, webPorts } from './web-ports.js';
export type { PageUserOptions, WebPortsOptions } from './web-ports.js';

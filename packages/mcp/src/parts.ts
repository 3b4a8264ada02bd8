/// <reference types="node" preserve="true" />
/*
 * For those who relay messages of a host to a server, and for those who bring an authorizer instead of a `fetch`: the parts
 * that a session is made of.
 */
export { type Call, type Outcome } from './calls/call.js';
export { createCallRunner } from './connection/call-runner.js';
export { createCallTable } from './calls/call-table.js';
export { Deadline } from './calls/deadline.js';
export { type Connected, type Connection, createConnection } from './connection/connection.js';
export {
  greetedHost,
  type HostFacts,
  modernHost,
  NO_HOST,
  takesAddresses,
} from './translation/host-facts.js';
export { expireCall } from './connection/call-end.js';
export { failureOf, interrupted, SessionLost, wordsOf } from './failure.js';
export {
  type Envelope,
  idOfBeginning,
  type Malformed,
  type Message,
  readEntry,
  readEnvelope,
} from './message/envelope.js';
export { declareExtensions } from './message/extensions.js';
export { skipSpace, valueAt, visitMembers, withoutMark } from './message/json-scan.js';
export { createMessage, messageOf, withId } from './message/message.js';
export { LEGACY_VERSIONS, paramOf, versionOf } from './message/meta.js';
export { errorMessage, resultMessage, RPC } from './message/rpc.js';
export { replaceValue, splice } from './message/splice.js';
export { nameIn } from './message/standard-headers.js';
export { initializeResult } from './translation/legacy-host.js';
export { discoverResult } from './translation/modern-host.js';
export {
  acknowledge,
  createSubscriptions,
  matches,
  type Subscriptions,
  withSubscription,
} from './translation/subscriptions.js';
export { createToolPolicy, type ToolPolicy } from './translation/tool-policy.js';
export type { HostContext } from './translation/translation.js';
export { type AuthorizedHttp, createAuthorizedHttp } from './transport/authorized-http.js';
export { type BackPressure, createBackPressure } from './transport/back-pressure.js';
export { backoffMs } from './retry/backoff.js';
export { createComplaints, type Log } from './log.js';
export type { Carrier } from './transport/carrier.js';
export { createCarrierFetch } from './transport/carrier-fetch.js';
export { createFetchCarrier } from './transport/fetch-carrier.js';
export { createLineReader } from './transport/line-reader.js';
export { createNodeHttpCarrier } from './transport/node-http-carrier.js';
export type { Connecting } from './transport/node-http-carrier.js';
export { MESSAGE_LIMIT } from './transport/response-body.js';
export { choicesOf, presetOf } from './session/form-fields.js';
export { openSessionOver } from './session/open-session-over.js';

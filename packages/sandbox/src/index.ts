/// <reference types="node" preserve="true" />
/**
 * Simulated OAuth providers and MCP servers, on real sockets, quirk by quirk.
 *
 * @module
 */
export type { AuthMethod, Client, Person } from './authorization/grant.js';
export type { MetadataPlace } from './authorization/metadata.js';
export type { RegistrationRule } from './authorization/registration.js';
export type { Rotation } from './authorization/rotation.js';
export type { TokenAnswerShape } from './authorization/token-answer.js';
export type { PersonClaims } from './authorization/person-claims.js';
export type { WorkloadClaims } from './authorization/workload-issuer.js';
export { BROWSER_SCRIPT } from './browser-script.js';
export { createCertificate } from './http/certificate.js';
export type { KeyPair, ServedCertificate } from './http/certificate.js';
export type { Fault, FaultPlace } from './http/fault.js';
export { HOSTILE_ENDPOINTS, HOSTILE_TEXT } from './hostile.js';
export type { Endpoint, LoggedRequest, RequestLog, ServerName } from './http/request-log.js';
export type { Page } from './page-visit.js';
export type { NamedQuirk, Profile, Quirks } from './profile.js';
export { isProfileName, PROFILES, type ProfileName } from './profiles.js';
export { QUIRKS } from './quirks.js';
export type { ChallengeStyle } from './resource/challenge.js';
export { startSandbox, type RunOptions, type Sandbox, type SandboxOptions } from './sandbox.js';
export { createUser, USER_KINDS, type User, type UserKind } from './user.js';

import type { Profile } from './profile.js';
import { authkit } from './profiles/authkit.js';
import { cimd } from './profiles/cimd.js';
import { device } from './profiles/device.js';
import { dpop, dpopNonce } from './profiles/dpop.js';
import { fastmail } from './profiles/fastmail.js';
import { legacy202503Bare } from './profiles/legacy-2025-03-bare.js';
import { legacy202503 } from './profiles/legacy-2025-03.js';
import { parRequired } from './profiles/par-required.js';
import { machineJwt } from './profiles/machine-jwt.js';
import { machine } from './profiles/machine.js';
import { plain } from './profiles/plain.js';
import { preRegistered } from './profiles/pre-registered.js';
import { resourceBound } from './profiles/resource-bound.js';
import { stepup } from './profiles/stepup.js';
import { workload } from './profiles/workload.js';

/** The name of a profile. */
export type ProfileName =
  | 'plain'
  | 'fastmail'
  | 'resource-bound'
  | 'authkit'
  | 'cimd'
  | 'pre-registered'
  | 'stepup'
  | 'legacy-2025-03'
  | 'legacy-2025-03-bare'
  | 'par-required'
  | 'device'
  | 'dpop'
  | 'dpop-nonce'
  | 'machine'
  | 'machine-jwt'
  | 'workload';

/** Every profile by its name. */
export const PROFILES: Readonly<Record<ProfileName, Profile>> = {
  plain,
  fastmail,
  'resource-bound': resourceBound,
  authkit,
  cimd,
  'pre-registered': preRegistered,
  stepup,
  'legacy-2025-03': legacy202503,
  'legacy-2025-03-bare': legacy202503Bare,
  'par-required': parRequired,
  device,
  dpop,
  'dpop-nonce': dpopNonce,
  machine,
  'machine-jwt': machineJwt,
  workload,
};

/** Whether a profile of that name exists. */
export function isProfileName(name: string): name is ProfileName {
  return Object.hasOwn(PROFILES, name);
}

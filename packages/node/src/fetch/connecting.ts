import type { LookupFunction } from 'node:net';
import type { SecureContext } from 'node:tls';
import type { ServerSettings } from '@mcpass/auth';
import type { Environment } from '../environment.js';
import { createAddressGuard, type Resolve } from './address-guard.js';
import { secureContextOf, type ServerCertificates } from './certificates.js';

/** How connections are opened: where they may lead, whom they trust, and what they show. */
export interface Connecting {
  readonly lookup?: LookupFunction;
  /** Throws `config_invalid` for a file that cannot be used. */
  readonly secureContext?: () => SecureContext;
}

/** The server on whose behalf connections are opened. */
export interface ConnectingServer {
  readonly settings: Pick<ServerSettings, 'url' | 'unsafe'>;
  readonly certificates?: ServerCertificates;
}

/** Undefined where Node's own way is all there is to it. `resolve` stands for DNS in tests. */
export function createConnecting(
  env: Environment,
  server?: ConnectingServer,
  resolve?: Resolve,
): Connecting | undefined {
  const secureContext = secureContextOf(env, server?.certificates);
  const guard = server && createAddressGuard(server.settings, resolve);
  if (secureContext === undefined && guard === undefined) return undefined;
  return { ...(guard && { lookup: guard }), ...(secureContext && { secureContext }) };
}

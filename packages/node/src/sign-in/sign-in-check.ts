import { McpassError } from '@mcpass/auth';
import type { Environment } from '../environment.js';
import type { Surroundings } from '../surroundings.js';
import { configuredBrowser } from './browser.js';

export interface SignInCheckOptions {
  readonly surroundings: Pick<Surroundings, 'ci'>;
  readonly env: Environment;
  /** `--browser PROGRAM`. */
  readonly browser?: string | undefined;
}

/**
 * Why a sign-in here could never be answered (`login_required`), or undefined when it could. Under continuous
 * integration nobody reads the address; a configured browser is a promise that something does.
 */
export function signInObstacle(options: SignInCheckOptions): McpassError | undefined {
  if (!options.surroundings.ci) return undefined;
  const configured = configuredBrowser(options);
  if (configured !== undefined && configured.value !== 'none') return undefined;
  return new McpassError('login_required', 'A sign-in needs a person, and CI is set.', {
    step: 'authorization',
    fault: 'yours',
    remedy: {
      do: 'say',
      text: 'Give the server a token with bearer_token_env_var, or set MCPASS_BROWSER to a program that signs in.',
    },
  });
}

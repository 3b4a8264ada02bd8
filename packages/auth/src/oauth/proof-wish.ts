import { McpassError } from '../errors.js';
import type { AuthorizationServer } from '../server/metadata.js';
import type { ServerSettings } from '../server/settings.js';
import { quote } from '../text.js';
import type { Challenge } from './challenge.js';
import { chooseProofAlgorithm, type ProofAlgorithm } from './dpop-proof.js';

/** Who may want a token that is bound to a key (RFC 9449; SEP-1932). */
interface ProofFacts {
  readonly challenge: Pick<Challenge, 'dpop'>;
  /** Of the resource metadata: `dpop_bound_access_tokens_required`. */
  readonly required: boolean;
  readonly server: Pick<AuthorizationServer, 'issuer' | 'proofAlgorithms'>;
}

/**
 * Pure: the algorithm of the key that the tokens will be bound to; undefined where they are to be bound to none. Throws
 * `config_invalid` where the configuration forbids what the server requires, `answer_invalid` where no key would do.
 */
export function judgeProofWish(
  { challenge, required, server }: ProofFacts,
  { dpop = 'auto' }: Pick<ServerSettings, 'dpop'>,
): ProofAlgorithm | undefined {
  const offered = server.proofAlgorithms !== undefined;
  if (dpop === 'never') {
    if (required) throw forbidden();
    return undefined;
  }
  // A server that takes either scheme needs an authorization server that can bind its tokens.
  const named = challenge.dpop === 'only' || (challenge.dpop === 'too' && offered);
  if (!required && !named && !(dpop === 'always' && offered)) return undefined;
  const algorithm = chooseProofAlgorithm(server.proofAlgorithms);
  if (algorithm !== undefined) return algorithm;
  const list = quote(server.proofAlgorithms?.join(' ') ?? '', 120);
  const message = `${quote(server.issuer)} takes proofs of possession in none of our algorithms, only in ${list}.`;
  throw new McpassError('answer_invalid', message, { step: 'server', fault: 'server' });
}

function forbidden(): McpassError {
  const message =
    'oauth.dpop is "never", and the server takes only tokens that are bound to a key (RFC 9449).';
  return new McpassError('config_invalid', message, {
    step: 'config',
    fault: 'yours',
    remedy: { do: 'configure', key: 'oauth.dpop', value: '"auto"' },
  });
}

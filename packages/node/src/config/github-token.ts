import { isLoopbackHost, McpassError, networkFailure, parseJsonObject, plain, Secret } from '@mcpass/auth';
import { type Environment, variable } from '../environment.js';

/* A job of GitHub Actions asks for the token that vouches for it, at an address and with a secret that only it has. */

const ADDRESS = 'ACTIONS_ID_TOKEN_REQUEST_URL';
const SECRET = 'ACTIONS_ID_TOKEN_REQUEST_TOKEN';
const LONGEST_MS = 20_000;
const LONGEST_ANSWER = 64 * 1024;

/** Whether this is such a job, with or without leave to ask. */
export function isOnGitHub(env: Environment): boolean {
  return variable(env, 'GITHUB_ACTIONS') === 'true' || variable(env, ADDRESS) !== undefined;
}

/** A token of the job, for that audience. Throws `config_invalid` where the job may have none. */
export function readGitHubToken(env: Environment): (audience: string) => Promise<Secret> {
  return async (audience) => {
    const address = variable(env, ADDRESS);
    const secret = variable(env, SECRET);
    if (address === undefined || secret === undefined) throw noToken('the job may not ask for one');
    const url = URL.canParse(address) ? new URL(address) : undefined;
    const isSafe = url?.protocol === 'https:' || (url !== undefined && isLoopbackHost(url.hostname));
    if (url === undefined || !isSafe) throw noToken(`${ADDRESS} is no https address`);
    url.searchParams.set('audience', audience);
    const { status, text } = await ask(url, secret, env);
    const value = status === 200 ? parseJsonObject(text)?.['value'] : undefined;
    if (typeof value !== 'string') throw noToken(`GitHub answers ${status}`);
    return new Secret(value);
  };
}

async function ask(
  url: URL,
  secret: string,
  env: Environment,
): Promise<{ readonly status: number; readonly text: string }> {
  // Of no use to those who ask elsewhere.
  const { createFetch } = await import('../fetch/system-fetch.js');
  try {
    const response = await createFetch({ env })(url.href, {
      headers: { accept: 'application/json', authorization: `bearer ${secret}` },
      redirect: 'error',
      signal: AbortSignal.timeout(LONGEST_MS),
    });
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of response.body ?? []) {
      size += chunk.byteLength;
      if (size > LONGEST_ANSWER) throw noToken('GitHub says too much');
      chunks.push(chunk);
    }
    return { status: response.status, text: Buffer.concat(chunks).toString('utf8') };
  } catch (thrown) {
    if (thrown instanceof McpassError) throw thrown;
    throw networkFailure(thrown, url.href, 'token');
  }
}

function noToken(why: string): McpassError {
  return new McpassError('config_invalid', `GitHub Actions gives no token: ${plain(why, 200)}.`, {
    step: 'token',
    fault: 'yours',
    remedy: { do: 'say', text: 'give the job "permissions: id-token: write", or set oauth.assertion_file' },
  });
}

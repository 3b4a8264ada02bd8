import { isMcpassError, plain, Secret } from '@mcpass/auth';
import {
  addServer,
  judgeServerName,
  newServerSettings,
  saveClientSecret,
  setClient,
} from '@mcpass/node/config';
import { homeDirectory } from '@mcpass/node/paths';
import type { Deps } from '../deps.js';
import type { ExitCode } from '../exit.js';
import { entryName } from '../hosts/entry-name.js';
import { rereadConfiguration } from '../servers/configuration.js';
import { type OwnClient, ownClientKeys } from '../servers/own-client.js';
import { askHidden } from '../terminal/hidden-line.js';
import { readSecret } from '../terminal/standard-input.js';
import { askInLines, askLine } from '../terminal/yes-or-no.js';
import { type BroughtClient, signInTo, type SignInWish } from './one-step.js';
import { redirectText } from './redirect-text.js';

export interface ClientWish extends SignInWish {
  readonly client?: OwnClient | undefined;
}

/** Signs in with the client that somebody brings; where one turns out to be needed, a person at the terminal is asked for it. */
export async function signInWithClient(
  nameOrUrl: string,
  { client, ...wish }: ClientWish,
  deps: Deps,
): Promise<ExitCode> {
  const bring = async (own: OwnClient) =>
    signInTo(nameOrUrl, { ...wish, brought: await bringClient(nameOrUrl, own, deps) }, deps);
  if (client !== undefined) return bring(client);
  try {
    return await signInTo(nameOrUrl, wish, deps);
  } catch (thrown) {
    const typed = await askForClient(thrown, nameOrUrl, deps);
    if (typed === undefined) throw thrown;
    return bring(typed);
  }
}

/** Asked only where that is the one remedy; undefined where nobody can be asked, or nothing is typed. */
async function askForClient(thrown: unknown, nameOrUrl: string, deps: Deps): Promise<OwnClient | undefined> {
  const { io, signal } = deps;
  if (!isMcpassError(thrown) || !io.canAsk || io.json) return undefined;
  const { remedy, message } = thrown;
  if (remedy?.do !== 'configure' || remedy.key !== 'oauth.client_id') return undefined;
  io.complain(message);
  io.complain('Create a client there; the form asks for a redirect URI:');
  io.complain(`  ${redirectText(nameOrUrl, deps)}`);
  const id = await askInLines(io, async (terminal) =>
    plain((await askLine(terminal, 'Client id (nothing ends this): ', signal)) ?? '', 1_000).trim(),
  );
  if (id === '') return undefined;
  const secret = await io.converse(() =>
    askHidden('Client secret (not shown; nothing if it has none): ', signal),
  );
  const typed = secret.trim();
  return { id, secret: typed === '' ? { from: 'nowhere' } : { from: 'typed', secret: new Secret(typed) } };
}

/** What a sign-in needs of it, and how it is kept afterwards. Throws `usage` and `config_invalid` before anybody is asked. */
export async function bringClient(nameOrUrl: string, own: OwnClient, deps: Deps): Promise<BroughtClient> {
  const { io, env } = deps;
  const { config, paths } = rereadConfiguration(deps);
  const { name: configured, settings } = config.server(nameOrUrl);
  const { url } = settings;
  const taken = new Set(config.servers().map((server) => server.name));
  const name = configured ?? freeName(entryName(url), taken);
  const { secret: source } = own;
  const secret =
    source.from === 'stdin'
      ? await readSecret(deps, '--client-secret-stdin')
      : source.from === 'typed'
        ? source.secret
        : undefined;
  const keys = (keptIn?: string) => prefixed(ownClientKeys(own, keptIn));
  const around = { env, cwd: process.cwd(), home: homeDirectory() };
  const judged = newServerSettings(name, { url, ...keys() }, around);
  const { client = { id: own.id }, places } = judged;
  const authMethod = settings.client?.authMethod;
  return {
    settings: {
      client: {
        ...client,
        ...(secret !== undefined && { secret: async () => secret }),
        ...(authMethod !== undefined && { authMethod }),
      },
      places: { ...settings.places, clientSecret: places?.clientSecret ?? 'that was given' },
    },
    async keep() {
      const { configFile: file } = paths;
      const keptIn = secret === undefined ? undefined : await saveClientSecret({ paths, name, secret });
      if (configured === undefined) await addServer({ file, name, keys: { url, ...keys(keptIn) } });
      else await setClient({ file, name, keys: ownClientKeys(own, keptIn) });
      io.say(`The client is written to ${file}, under [mcp_servers.${name}].`);
      if (keptIn !== undefined) io.say(`Its secret is kept in ${keptIn}, readable only by you.`);
      return name;
    },
  };
}

function prefixed(keys: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(keys).map(([key, value]) => [`oauth.${key}`, value]));
}

/** The first of NAME, NAME-2, NAME-3 … that a new server can have. */
function freeName(name: string, taken: ReadonlySet<string>): string {
  for (let number = 1; ; number += 1) {
    const candidate = number === 1 ? name : `${name.slice(0, 58)}-${number}`;
    if (taken.has(candidate)) continue;
    try {
      judgeServerName(candidate);
      return candidate;
    } catch (thrown) {
      if (number > 1) throw thrown;
    }
  }
}

import { clientDocument, didYouMean, McpassError, publicJwk, readClientKey } from '@mcpass/auth';
import { defineCommand, SERVER, type Command } from '../command.js';
import { usageError } from '../failure.js';
import { openServer } from '../servers/server-access.js';

const ACTIONS = ['document'] as const;

export interface ClientOptions {
  readonly server: string;
  readonly keysOnly: boolean;
}

export const client: Command = defineCommand<ClientOptions>({
  name: 'client',
  summary: 'print the metadata document of a client of your own',
  about: [
    'The document to host at oauth.client_metadata_url: its address is then the name of the client. With oauth.private_key_file, _env or _command it holds the public half of that key, and the client proves itself with private_key_jwt. Nothing is sent anywhere.',
  ],
  examples: [
    { line: 'mcpass client document crm > client.json' },
    { line: 'mcpass client document crm --keys > jwks.json', says: 'its JWKS alone' },
  ],
  arguments: [{ name: 'action', summary: ACTIONS.join(', '), completes: ACTIONS }, SERVER],
  options: [{ flags: '--keys', summary: 'only the public keys (JWKS)' }],
  parse(input) {
    const word = input.required('action');
    if (!ACTIONS.some((action) => action === word)) {
      throw usageError(`client takes ${ACTIONS.join(' or ')}, not "${word}".${didYouMean(word, ACTIONS)}`);
    }
    return { server: input.required('server'), keysOnly: input.flag('keys') };
  },
  async run({ server: wanted, keysOnly }, deps) {
    const { io } = deps;
    const { settings } = openServer(deps, wanted).server;
    if (settings.clientMetadataUrl === undefined && !keysOnly) throw noAddress();
    const key = await readClientKey(settings);
    if (key === undefined && keysOnly) throw noKey();
    const jwk = key && (await publicJwk(key));
    const document = clientDocument(settings, jwk);
    // What is printed is the file itself.
    const shown = keysOnly ? { keys: [jwk] } : document;
    if (io.json) io.outJson(keysOnly ? { jwks: shown } : { document: shown });
    else io.outText(`${JSON.stringify(shown, undefined, 2)}\n`);
    return 0;
  },
});

function noAddress(): McpassError {
  return new McpassError('config_invalid', 'The address of the document is not configured.', {
    step: 'config',
    fault: 'yours',
    remedy: { do: 'configure', key: 'oauth.client_metadata_url', value: '"https://YOUR.HOST/client.json"' },
  });
}

function noKey(): McpassError {
  return new McpassError('config_invalid', 'No private key is configured.', {
    step: 'config',
    fault: 'yours',
    remedy: { do: 'configure', key: 'oauth.private_key_file', value: '"the path of its PEM or JWK"' },
  });
}

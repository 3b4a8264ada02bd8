import { judgeIssuerUrl, judgeVariable, type KeyRule } from './server-keys.js';
import type { TableKeys } from './server-table.js';

/** The table that identity providers stand in, by name. */
export const PROVIDER_TABLE = 'identity_providers';

/** The keys of one; documented beside those of a server. */
export const PROVIDER_KEYS: Readonly<Record<string, KeyRule>> = {
  issuer: { kind: 'text', judge: judgeIssuerUrl },
  client_id: { kind: 'text' },
  client_secret_env: { kind: 'text', judge: judgeVariable },
  client_secret_file: { kind: 'text' },
  client_secret_command: { kind: 'command' },
  token_endpoint: { kind: 'text' },
  token_endpoint_auth_method: { kind: ['none', 'client_secret_basic', 'client_secret_post'] },
  id_token_env: { kind: 'text', judge: judgeVariable },
  id_token_file: { kind: 'text' },
  id_token_command: { kind: 'command' },
};

const ID_TOKEN_ALTERNATIVES =
  'Name where it is instead: id_token_file, id_token_env (a variable) or id_token_command.';
const SECRET_ALTERNATIVES =
  'Name where it is instead: client_secret_env (a variable), client_secret_file or client_secret_command.';

export const PROVIDER_TABLE_KEYS: TableKeys = {
  ruleOf: (key) => (Object.hasOwn(PROVIDER_KEYS, key) ? PROVIDER_KEYS[key] : undefined),
  names: Object.keys(PROVIDER_KEYS),
  tables: [],
  foreign: new Set(),
  secrets: { client_secret: SECRET_ALTERNATIVES, id_token: ID_TOKEN_ALTERNATIVES },
};

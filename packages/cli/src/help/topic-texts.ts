import { EXIT_CODES } from '../exit.js';
import { entries, paragraph } from './layout.js';

export function exitCodes(): string {
  return text([
    'What mcpass ends with:',
    '',
    ...entries(EXIT_CODES.map(({ code, means }) => [String(code), means] as const)),
  ]);
}

export function environment(): string {
  return text([
    'Variables of mcpass:',
    '',
    ...entries([
      ['MCPASS_HOME', 'one directory for configuration, credentials and state'],
      ['MCPASS_CONFIG', 'the configuration file, as --config'],
      ['MCPASS_ACCOUNT', 'the account label, as --account'],
      ['MCPASS_CREDENTIALS_STORE', 'the credential store, as credentials_store in the file'],
      ['MCPASS_PASSPHRASE', 'the passphrase of the passphrase store, and of an exported credential'],
      ['MCPASS_PASSPHRASE_FD', 'the number of an open file with that passphrase'],
      ['MCPASS_BROWSER', 'the program that opens the address of a sign-in; "none" opens nothing'],
    ]),
    '',
    'Variables of others that are obeyed:',
    '',
    ...entries([
      ['BROWSER', 'as MCPASS_BROWSER, which is stronger'],
      ['CI', 'nobody is there: no questions, and no sign-in without a browser of its own'],
      ['NO_COLOR, FORCE_COLOR, TERM', 'colours'],
      ['HTTP_PROXY, HTTPS_PROXY, ALL_PROXY, NO_PROXY', 'proxies, in small letters too'],
      ['DBUS_SESSION_BUS_ADDRESS, XDG_RUNTIME_DIR', 'the way to the keyring on Linux'],
      ['NODE_EXTRA_CA_CERTS', 'further certificate authorities'],
      ['XDG_CONFIG_HOME, XDG_DATA_HOME, XDG_STATE_HOME, XDG_CACHE_HOME', 'where things are kept'],
      ['VISUAL, EDITOR', 'what mcpass config edit starts'],
    ]),
  ]);
}

export function files(): string {
  return text([
    'Where things are kept (mcpass config path prints them for this machine):',
    '',
    ...entries([
      ['~/.config/mcpass/config.toml', 'your configuration; no secret belongs in it'],
      ['.mcpass.toml', 'configuration of a project, found upwards to the root of its repository'],
      ['~/.local/share/mcpass', 'credentials and the turns to sign in, readable only by you'],
      ['~/.local/state/mcpass', 'locks'],
      ['~/.cache/mcpass', 'what can be fetched again'],
    ]),
    '',
    ...paragraph(
      'The XDG variables move them. macOS keeps credentials and state in ~/Library/Application Support/mcpass, Windows in %LOCALAPPDATA%\\mcpass and the configuration in %APPDATA%\\mcpass. MCPASS_HOME puts everything under one directory.',
    ),
  ]);
}

export function configuration(): string {
  return text([
    'One TOML file that belongs to you; add and remove change one block of it.',
    '',
    '  credentials_store = "auto"    # or keyring, passphrase, plain, memory',
    '',
    '  [mcp_servers.fastmail]',
    '  url = "https://api.fastmail.com/mcp"',
    '  scopes = ["https://www.fastmail.com/dev/mcp", "offline_access"]',
    '',
    'Keys of a server:',
    '',
    ...entries([
      ['url', 'the MCP endpoint'],
      ['enabled', 'false switches it off'],
      ['account', 'which of several accounts on the server, as --account'],
      ['scopes', 'what to ask for, instead of what the server names'],
      ['offline_access', 'auto (when the server lists it), always or never'],
      ['oauth_resource', 'the resource indicator to send; "none" sends none'],
      ['oauth.client_id', 'a client that you registered with the provider'],
      ['oauth.client_secret_env, _file, _command', 'where its secret comes from'],
      [
        'oauth.token_endpoint_auth_method',
        'none, client_secret_basic, client_secret_post or private_key_jwt',
      ],
      ['oauth.private_key_file, _env, _command', 'a key (PEM or JWK) that it signs with instead'],
      ['oauth.private_key_id', 'its kid, where the key names none'],
      ['oauth.signing_algorithm', 'ES256, ES384, RS256, PS256 or EdDSA, where more than one fits'],
      ['oauth.registration', 'auto, cimd, dcr or none'],
      ['oauth.issuer', 'the only authorization server that your client may go to'],
      ['oauth.grant', 'authorization_code; client_credentials or jwt_bearer: no person signs in'],
      ['oauth.assertion_file, _env, _command', 'for jwt_bearer: the token of the workload'],
      ['oauth.assertion_audience', 'whom that is for, if not the authorization server'],
      ['oauth.client_metadata_url', 'your own client metadata document'],
      ['oauth.callback_port, _host, _path, _url', 'the redirect URI'],
      ['oauth.authorize_params', 'further parameters of the authorization request'],
      ['oauth.token_params', 'further parameters of the token request'],
      ['auth', 'auto, oauth, bearer or none'],
      ['bearer_token_env_var', 'a variable with a token; no OAuth then'],
      ['bearer_token_command', 'a command that prints it; asked again when it is refused'],
      ['http_headers', "headers for the server's own origin and for nobody else"],
      ['env_http_headers', 'the same, with the values in variables'],
      ['startup_timeout_sec, tool_timeout_sec', 'how long to wait'],
      ['enabled_tools, disabled_tools', 'which tools there are'],
      ['unsafe.*', 'mcpass help overrides'],
    ]),
    '',
    ...paragraph(
      'Precedence: command line, environment, project file, your file, default; mcpass config explain KEY says which one won. -c sets a key for one run: -c \'mcp_servers.fastmail.scopes=["a"]\', or -c \'scopes=["a"]\' for the server of the command.',
    ),
  ]);
}

export function overrides(): string {
  return text([
    ...paragraph(
      'A server that departs from the specification is refused where that weakens security. A refusal prints the line that excuses that one server from that one check, for your own configuration file; mcpass status shows the lines that are on.',
    ),
    '',
    '  [mcp_servers.legacy]',
    '  url = "https://mcp.legacy.example/mcp"',
    '  unsafe.trusted_issuer = "https://login.legacy.example"',
    '',
    ...entries([
      ['unsafe.trusted_issuer', 'accept exactly this issuer in the metadata'],
      ['unsafe.trusted_callback_issuer', 'accept exactly this iss in the answer of a sign-in'],
      ['unsafe.allow_missing_iss', 'accept an answer without the iss that was promised'],
      ['unsafe.assume_pkce', 'go on where the metadata does not name PKCE; it is sent'],
      ['unsafe.upgrade_http', "read http endpoints of an https issuer's own host as https"],
      ['unsafe.allow_legacy', 'go on where the resource metadata of the last sign-in has gone'],
      ['unsafe.private_hosts', 'private hosts that this server may lead to'],
    ]),
  ]);
}

function text(lines: readonly string[]): string {
  return `${lines.join('\n')}\n`;
}

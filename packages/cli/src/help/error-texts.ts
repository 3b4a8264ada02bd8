import type { ErrorCode } from '@mcpass/auth';

export interface ErrorText {
  readonly means: string;
  /** Whose it is to mend, as the error itself says it where that depends on the case. */
  readonly fault: string;
  /** What helps, most likely first. */
  readonly helps: string;
}

const YOURS = 'yours: the command line or the configuration';
const SERVER = "the server's, or its authorization server's";
const NETWORK = 'of the network between here and there';
const HERE = 'of this machine';

// Exhaustive: a new error code does not compile until somebody has said what helps.
export const ERROR_TEXTS: Readonly<Record<ErrorCode, ErrorText>> = {
  usage: {
    means:
      'The command line cannot be understood: an option, an argument or a value that is not there or does not fit.',
    fault: YOURS,
    helps: 'mcpass help COMMAND shows what a command takes, with examples.',
  },
  config_invalid: {
    means: 'The configuration has a mistake. The message names the file, the line and the key.',
    fault: YOURS,
    helps: 'Mend that line (mcpass config edit opens the file). mcpass help configuration lists the keys.',
  },
  server_unknown: {
    means: 'No server of that name is configured, and it is no URL.',
    fault: YOURS,
    helps:
      'mcpass list shows the names; mcpass add NAME URL adds one; a URL works without any configuration.',
  },
  name_in_use: {
    means: 'Something of that name is there already, and is not overwritten unasked.',
    fault: YOURS,
    helps: 'Take another name, or say --force.',
  },
  url_invalid: {
    means: 'An address that was given is not an http or https URL that can be used.',
    fault: YOURS,
    helps: 'Give the whole address of the MCP endpoint, as in https://mcp.example.com/mcp.',
  },
  tool_unknown: {
    means:
      'The server has no tool of that name, or the configuration hides it (enabled_tools, disabled_tools).',
    fault: YOURS,
    helps: 'mcpass tools SERVER lists them.',
  },
  client_needed: {
    means:
      'The authorization server registers no clients by itself, or your client needs a secret that is not configured.',
    fault: 'yours: somebody has to register a client with the provider',
    helps:
      'Register one there, with the redirect URI that the error names, and configure oauth.client_id (and oauth.client_secret_env, if it has a secret).',
  },
  client_issuer_mismatch: {
    means:
      'The server names another authorization server than the one that your own client belongs to; the client and its secret were not sent there.',
    fault: 'yours to judge: the server has moved, or is not to be trusted',
    helps:
      'If whoever runs the server says that it is right: mcpass login SERVER --client-from OLD --client-to NEW.',
  },
  login_required: {
    means:
      'Nobody is signed in to the server, or the sign-in has ended and cannot be renewed. Only mcpass login, and commands with --login, open a browser.',
    fault: "nobody's: a person has to sign in",
    helps:
      'mcpass login SERVER. Without a terminal: mcpass login SERVER --no-wait --json, then --resume (mcpass help ci).',
  },
  login_refused: {
    means: 'The sign-in page came back with a refusal: somebody said no, or the account may not use this.',
    fault: 'yours, or of whoever decides for the account',
    helps: 'Sign in again and agree, with another account if this one may not: mcpass login SERVER --force.',
  },
  login_timeout: {
    means: 'Nobody finished the sign-in in time.',
    fault: 'yours: the page was left open, or was never opened',
    helps: 'Sign in again; --timeout SECONDS gives more time (300 unless it is said).',
  },
  login_not_wanted: {
    means: 'The server answers without a sign-in: there is nothing to sign in to. Nothing failed.',
    fault: "nobody's",
    helps: 'Use it as it is: mcpass tools SERVER.',
  },
  insufficient_scope: {
    means: 'The server wants scopes that this sign-in does not have.',
    fault: 'yours: a person has to agree to more',
    helps: 'mcpass login SERVER --scopes with those that the error names, or the same command with --login.',
  },
  token_rejected: {
    means:
      'The server refuses the token that it should accept, and a renewed one too, or one that a variable or a header of the configuration brings.',
    fault: "the server's, or of whoever ended the token there",
    helps:
      'mcpass login SERVER --force; of a token of your own, put a new one where the error says that it came from.',
  },
  token_bound: {
    means:
      'The access token is bound to a key that stays with mcpass (DPoP, RFC 9449); whoever got the token alone could do nothing with it.',
    fault: "nobody's: the server wants it so",
    helps: 'Let mcpass bridge or mcpass call use it; mcpass token --bound prints it all the same.',
  },
  resource_mismatch: {
    means:
      "The server's metadata is about another resource (RFC 9728 section 3.3): a token could be made for somebody else.",
    fault: SERVER,
    helps:
      'Use the address that the metadata names, if it is the right one. If you know that both belong together, set oauth_resource (mcpass help configuration).',
  },
  resource_metadata_invalid: {
    means: "The server's protected resource metadata is there and cannot be used (RFC 9728).",
    fault: SERVER,
    helps: 'Tell whoever runs the server; --debug shows the address that was asked.',
  },
  issuer_mismatch: {
    means:
      'An authorization server calls itself by another name than the one that led there (RFC 8414 section 3.3, RFC 9207): somebody may have mixed up two.',
    fault: SERVER,
    helps: 'If you know that name: unsafe.trusted_issuer for this one server (mcpass help overrides).',
  },
  server_metadata_missing: {
    means: 'No authorization server was found, or it publishes no metadata that can be read (RFC 8414).',
    fault: SERVER,
    helps:
      'Is the address that of the MCP endpoint? If so, tell whoever runs the server; --debug shows what was asked.',
  },
  pkce_unsupported: {
    means:
      'The authorization server does not say that it supports PKCE with S256, without which a code could be stolen (RFC 7636).',
    fault: SERVER,
    helps: 'If it supports it all the same: unsafe.assume_pkce for this one server (mcpass help overrides).',
  },
  endpoint_unsafe: {
    means:
      'The server names an address that must not be opened or asked: not https, in a private network, or no address at all.',
    fault: SERVER,
    helps: 'Tell whoever runs the server; where you know better, mcpass help overrides.',
  },
  registration_refused: {
    means: 'The authorization server refused to register a client (RFC 7591).',
    fault: SERVER,
    helps: 'Its words say why. Register a client by hand, and configure oauth.client_id.',
  },
  client_rejected: {
    means: 'The authorization server does not know the client, or not with this secret (invalid_client).',
    fault: "yours if the client is your own, the server's if it has forgotten the one that it registered",
    helps:
      'Of your own: check oauth.client_id and where its secret comes from. Else: mcpass login SERVER --force.',
  },
  authorization_refused: {
    means: 'The authorization server refused the request itself, before anybody could agree.',
    fault: SERVER,
    helps:
      'Its words say why: mostly a scope (--scopes asks for others) or a redirect URI (oauth.callback_url).',
  },
  authorization_invalid: {
    means:
      'The answer of the sign-in page is not one to our request: something is missing in it, or belongs to another.',
    fault: SERVER,
    helps:
      'Sign in again from the beginning. If it stays: the same command with --debug, and tell whoever runs the server.',
  },
  token_refused: {
    means: 'The authorization server refused to give a token.',
    fault: SERVER,
    helps: 'Its words say why. Sign in again: mcpass login SERVER --force.',
  },
  answer_invalid: {
    means:
      'An answer is not what it should be: HTML for JSON, a member that is missing, a protocol that is another.',
    fault: SERVER,
    helps:
      'Is the address that of the MCP endpoint? The same command with --debug shows which request it was.',
  },
  answer_too_large: {
    means: 'An answer is larger than anything sensible, and was not read to its end.',
    fault: SERVER,
    helps: 'Ask for less (a limit among the arguments of the tool), or tell whoever runs the server.',
  },
  redirect_refused: {
    means: 'A server redirects to where its request, or the token in it, must not go.',
    fault: SERVER,
    helps: 'If the server has moved, configure the address that the error names.',
  },
  forbidden: {
    means: 'The server knows who is signed in, and does not allow this.',
    fault: 'of whoever decides for the account',
    helps: 'Ask for the right there, or sign in with another account: --account LABEL.',
  },
  rate_limited: {
    means: 'The server has had too many requests (429).',
    fault: SERVER,
    helps: 'Try again later; the error says when, where the server did. The sign-in is kept.',
  },
  server_error: {
    means: 'The server answered with an error of its own (5xx, or an error of the protocol).',
    fault: SERVER,
    helps: 'Try again later. The sign-in is kept.',
  },
  tool_failed: {
    means: 'The tool was called and says that it failed. Its words are the answer.',
    fault: 'as those words say: the arguments, or the server',
    helps: 'Read what it said; mcpass tools SERVER shows the arguments that it takes.',
  },
  dns_failed: {
    means: 'The name of a host cannot be resolved.',
    fault: NETWORK,
    helps: 'Is the address right, and is this machine online? A VPN may be needed.',
  },
  connect_failed: {
    means: 'Nobody takes the connection at that address.',
    fault: NETWORK,
    helps: 'Is the server running, is the port right, and does a firewall stand between?',
  },
  connection_lost: {
    means: 'The connection broke before the answer was there.',
    fault: NETWORK,
    helps: 'Try again. A call that changes something may have been done: look before you repeat it.',
  },
  tls_failed: {
    means: 'The certificate of a host is not accepted, or no encrypted connection came about.',
    fault: NETWORK,
    helps:
      'With a certificate authority of your own: NODE_EXTRA_CA_CERTS=FILE, or ca_file for one server. Otherwise do not go on: somebody may listen.',
  },
  proxy_failed: {
    means: 'The proxy that the environment names did not let the request through.',
    fault: NETWORK,
    helps: 'Check HTTPS_PROXY and NO_PROXY (mcpass help environment).',
  },
  timeout: {
    means: 'No answer came in time.',
    fault: NETWORK,
    helps: 'Try again; startup_timeout_sec and tool_timeout_sec of the server give it more time.',
  },
  store_unreadable: {
    means:
      'The credentials cannot be read: the keyring is locked or absent, the passphrase is missing or wrong, or the folder is closed to us.',
    fault: HERE,
    helps:
      'Unlock the keyring, or set MCPASS_PASSPHRASE. mcpass config store says where credentials are kept.',
  },
  store_unwritable: {
    means: 'The credentials cannot be written: the disk is full, or the folder is closed to us.',
    fault: HERE,
    helps: 'Make room, or mend who may write there; mcpass config path prints the folders.',
  },
  record_unreadable: {
    means:
      'One stored credential cannot be read: damaged, sealed with another key, or written by a newer mcpass.',
    fault: HERE,
    helps: 'Take the newer mcpass, or mcpass logout SERVER and sign in again.',
  },
  port_in_use: {
    means: 'A port on this machine that is needed is taken by another program.',
    fault: HERE,
    helps: 'End that program, or configure another port (oauth.callback_port, --port).',
  },
  interrupted: {
    means: 'Somebody pressed Ctrl-C, or the process was told to end.',
    fault: "nobody's",
    helps: 'Run it again. What was saved is kept.',
  },
  internal: {
    means: 'Something that nobody foresaw, or a failure of this machine (a full disk, a closed folder).',
    fault: 'of mcpass, unless the message names the machine',
    helps: 'Report it, with the file that --trace FILE writes; no secret is in it.',
  },
};

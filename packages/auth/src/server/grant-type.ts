/** How an entry comes by its tokens (RFC 6749 section 1.3). A person consents to the first; the others need none. */
export type GrantType = 'authorization_code' | 'device_code' | UnattendedGrantType;
export type UnattendedGrantType = 'client_credentials' | 'jwt_bearer' | 'token_exchange' | 'enterprise';

interface GrantFacts {
  /** A token is to be had at any time, without a person and without a refresh token. */
  readonly unattended: boolean;
  /** A person consents at the authorization endpoint, in a browser that comes back here. */
  readonly page: boolean;
  /** Its name in the configuration of an authorization server, for whoever has to allow it there. */
  readonly words: string;
  /** The identifier of the MCP extension that defines it. */
  readonly extension?: string;
}

/** All that there are: the one list. */
const GRANTS: Readonly<Record<GrantType, GrantFacts>> = {
  authorization_code: { unattended: false, page: true, words: 'authorization code' },
  device_code: { unattended: false, page: false, words: 'device authorization' },
  client_credentials: {
    unattended: true,
    page: false,
    words: 'client credentials',
    extension: 'io.modelcontextprotocol/oauth-client-credentials',
  },
  // On behalf of somebody who has signed in elsewhere: whoever has their token asks nobody.
  token_exchange: { unattended: true, page: false, words: 'token exchange' },
  jwt_bearer: {
    unattended: true,
    page: false,
    words: 'JWT bearer',
    extension: 'io.modelcontextprotocol/auth/wif',
  },
  // The same request, with what an identity provider says of a person who has signed in there.
  enterprise: {
    unattended: true,
    page: false,
    words: 'JWT bearer',
    extension: 'io.modelcontextprotocol/enterprise-managed-authorization',
  },
};

interface Chosen {
  readonly grant?: GrantType | undefined;
}

/** Whether this entry gets its tokens by itself: then nobody signs in, and nobody is asked to. */
export function isUnattended(settings: Chosen): boolean {
  return unattendedGrantOf(settings) !== undefined;
}

/** The grant of such an entry, as its record names it; undefined where a person consents. */
export function unattendedGrantOf({ grant = 'authorization_code' }: Chosen): UnattendedGrantType | undefined {
  return GRANTS[grant].unattended ? (grant as UnattendedGrantType) : undefined;
}

/** Whether a page of the authorization server is opened here: only then does it need one, and PKCE. */
export function opensPage({ grant = 'authorization_code' }: Chosen): boolean {
  return GRANTS[grant].page;
}

export function grantWords({ grant = 'authorization_code' }: Chosen): string {
  return GRANTS[grant].words;
}

/** The MCP extensions that a client of this entry uses, by identifier, as it declares them in its capabilities. */
export function grantExtensions({ grant = 'authorization_code' }: Chosen): readonly string[] {
  const { extension } = GRANTS[grant];
  return extension === undefined ? [] : [extension];
}

import {
  type ErrorCode,
  type Examination,
  isLoopbackHost,
  isUnattended,
  opensPage,
  parseJsonObject,
  plain,
  quote,
  type ServerSettings,
  shownUrl,
  type Step,
} from '@mcpass/auth';
import type { Row } from './row.js';

/* What an operator would want to know although a sign-in gets through. Pure: judged by what was answered. */

interface Rule {
  readonly id: string;
  readonly step: Step;
  /** `warn` where the specification says MUST, `note` where it says SHOULD or where somebody may wish to know. */
  readonly status: 'fail' | 'warn' | 'note';
  /** Of what no sign-in gets through. */
  readonly code?: ErrorCode;
  readonly requirement: string;
  readonly fix: string;
  /** Where it is of no concern to a grant: without a page of the server there is no answer of it, without a person no renewal. */
  readonly needs?: 'page' | 'person';
  /** What is wrong, or undefined. */
  judge(seen: Seen): string | undefined;
}

interface Seen {
  readonly server: URL;
  readonly found: Examination['found'];
  readonly answers: Examination['answers'];
  /** The last answer of a step, and its JSON where it is an object. */
  readonly answer: Partial<Record<Step, Examination['answers'][number]>>;
  readonly document: Partial<Record<Step, Readonly<Record<string, unknown>>>>;
}

const MCP = 'MCP authorization (2026-07-28)';

const RULES: readonly Rule[] = [
  {
    id: 'connect.http',
    step: 'connect',
    status: 'warn',
    requirement: `${MCP}, "Communication Security"; RFC 6750 section 5.3: tokens travel over TLS`,
    fix: 'serve it with https',
    judge: ({ server }) =>
      server.protocol === 'http:' && !isLoopbackHost(server.hostname)
        ? 'the address is http: whoever is on the way reads the token'
        : undefined,
  },
  {
    id: 'challenge.page',
    step: 'challenge',
    status: 'warn',
    requirement: 'MCP transports, "Streamable HTTP": the endpoint answers with JSON or an event stream',
    fix: 'check that this is the address of the MCP endpoint itself, not that of its web page',
    judge: ({ answer: { challenge } }) =>
      /^text\/html\b/i.test(challenge?.headers.get('content-type') ?? '')
        ? 'a greeting is answered with a web page'
        : undefined,
  },
  {
    id: 'challenge.header',
    step: 'challenge',
    status: 'warn',
    requirement: 'RFC 9110 section 11.6.1: a 401 carries WWW-Authenticate',
    fix: 'answer with WWW-Authenticate: Bearer resource_metadata="…"',
    judge: ({ answer: { challenge } }) =>
      challenge?.status === 401 && !challenge.headers.has('www-authenticate')
        ? 'the 401 has no WWW-Authenticate'
        : undefined,
  },
  {
    id: 'challenge.status',
    step: 'challenge',
    status: 'warn',
    requirement: `${MCP}, "Error Handling": who brings no token gets a 401`,
    fix: 'answer a request without a token with 401',
    judge: ({ answer: { challenge }, found }) =>
      challenge !== undefined &&
      challenge.status >= 400 &&
      challenge.status !== 401 &&
      found.metadata !== undefined
        ? `somebody without a token gets ${challenge.status}, though the server wants a sign-in`
        : undefined,
  },
  {
    id: 'challenge.open',
    step: 'challenge',
    status: 'note',
    requirement: `${MCP}, "Access Token Usage": a token belongs to every request`,
    fix: 'nothing, if that is meant; else ask for the token at the greeting already',
    judge: ({ answer: { challenge }, found }) =>
      challenge !== undefined && challenge.status < 300 && found.metadata !== undefined
        ? 'the greeting is answered without a token: that a sign-in is needed shows only later'
        : undefined,
  },
  {
    id: 'challenge.metadata',
    step: 'challenge',
    status: 'note',
    requirement:
      'RFC 9728 section 5.1: the challenge may name the metadata as resource_metadata, and then nobody has to guess',
    fix: 'put resource_metadata="…" into WWW-Authenticate',
    judge: ({ answer: { challenge }, found }) =>
      challenge?.status === 401 && found.challenge?.resourceMetadata === undefined
        ? 'the challenge does not name the resource metadata'
        : undefined,
  },
  {
    id: 'challenge.error',
    step: 'challenge',
    status: 'note',
    requirement: 'RFC 6750 section 3.1: a request without a token is answered without an error code',
    fix: 'leave error out where no token was sent',
    judge: ({ found }) =>
      found.challenge?.error === undefined
        ? undefined
        : `without a token the challenge says error=${quote(found.challenge.error, 80)}`,
  },
  {
    id: 'resource.absent',
    step: 'resource',
    status: 'fail',
    code: 'resource_metadata_invalid',
    requirement:
      'RFC 9728 sections 3.2 and 5.1: resource_metadata is the address of the metadata, which is served there with 200',
    fix: 'serve the metadata there, as JSON and to everybody',
    // Where the older rules lead to somebody, the sign-in gets through all the same.
    judge: ({ found: { metadata, challenge, authorizationServer } }) =>
      metadata === undefined &&
      challenge?.resourceMetadata !== undefined &&
      authorizationServer?.guessed === true
        ? `the challenge names ${shownUrl(challenge.resourceMetadata)}, and there is no metadata, nor any of an authorization server`
        : undefined,
  },
  {
    id: 'resource.page',
    step: 'resource',
    status: 'warn',
    requirement: 'RFC 9110 section 15.5.5: what is not there is answered with 404',
    fix: 'answer with 404 where there is no metadata, or serve it',
    judge({ found: { metadata }, answers }) {
      const other = answers.find(({ step, status }) => step === 'resource' && status < 300);
      return metadata === undefined && other !== undefined
        ? `${shownUrl(other.url)} is answered with ${other.status}, and with something that is no metadata`
        : undefined;
    },
  },
  {
    id: 'resource.identifier',
    step: 'resource',
    status: 'warn',
    requirement: 'RFC 9728 section 3.3: "resource" is identical to the address that is used',
    fix: 'name the MCP endpoint itself in "resource"',
    judge: ({ server, found: { metadata } }) =>
      metadata === undefined ||
      metadata.resource === server.href ||
      metadata.resource === withoutQuery(server)
        ? undefined
        : `it is called ${quote(shownUrl(metadata.resource))} there, not ${quote(shownUrl(withoutQuery(server)))}`,
  },
  {
    id: 'resource.type',
    step: 'resource',
    status: 'warn',
    requirement: 'RFC 9728 section 3.2: the metadata is served as application/json',
    fix: 'send Content-Type: application/json',
    judge: ({ answer: { resource }, found: { metadata } }) =>
      metadata === undefined ? undefined : wrongType(resource?.headers),
  },
  {
    id: 'resource.header',
    step: 'resource',
    status: 'warn',
    requirement: `${MCP}, "Token Requirements": the token is sent in the Authorization header`,
    fix: 'list "header" in bearer_methods_supported, or leave that member out',
    judge({ document: { resource } }) {
      const methods = resource?.['bearer_methods_supported'];
      return Array.isArray(methods) && !methods.includes('header')
        ? 'bearer_methods_supported has no "header"'
        : undefined;
    },
  },
  {
    id: 'resource.redirect',
    step: 'resource',
    status: 'note',
    requirement: 'RFC 9728 section 3.1: the metadata is at the well-known address',
    fix: 'serve it there without a redirect: not every client follows',
    judge: ({ answer: { resource } }) => redirected(resource),
  },
  {
    id: 'server.redirect',
    step: 'server',
    status: 'note',
    requirement: 'RFC 8414 section 3.1: the metadata is at the well-known address',
    fix: 'serve it there without a redirect: not every client follows',
    judge: ({ answer: { server } }) => redirected(server),
  },
  {
    id: 'server.type',
    step: 'server',
    status: 'warn',
    requirement: 'RFC 8414 section 3.2: the metadata is served as application/json',
    fix: 'send Content-Type: application/json',
    judge: ({ answer: { server }, found: { authorizationServer } }) =>
      authorizationServer?.metadataUrl === undefined ? undefined : wrongType(server?.headers),
  },
  {
    id: 'server.place',
    step: 'server',
    status: 'note',
    requirement: `${MCP}, "Authorization Server Metadata Discovery": three places, and this is none of them`,
    fix: 'serve it at /.well-known/oauth-authorization-server with the path of the issuer behind it',
    judge({ found: { authorizationServer: { issuer = '', metadataUrl = '' } = {} } }) {
      const path = URL.canParse(issuer) ? new URL(issuer).pathname.replace(/\/$/, '') : '';
      return path !== '' && metadataUrl.endsWith(`${path}/.well-known/oauth-authorization-server`)
        ? 'the metadata is only at an address that no specification knows'
        : undefined;
    },
  },
  {
    id: 'server.response-types',
    step: 'server',
    status: 'warn',
    requirement: 'RFC 8414 section 2: response_types_supported is required',
    fix: 'add "response_types_supported": ["code"]',
    judge: ({ document: { server }, found }) =>
      found.authorizationServer?.metadataUrl !== undefined &&
      !Array.isArray(server?.['response_types_supported'])
        ? 'the metadata has no response_types_supported'
        : undefined,
  },
  {
    id: 'server.iss',
    step: 'server',
    status: 'note',
    needs: 'page',
    requirement: `RFC 9207 section 2 and ${MCP}: the server names itself (iss) in its answer, and promises to`,
    fix: 'send iss, and set authorization_response_iss_parameter_supported to true',
    judge: ({ found: { authorizationServer } }) =>
      authorizationServer !== undefined && !authorizationServer.issParameterSupported
        ? 'the server does not promise iss: an answer cannot be told from that of another server'
        : undefined,
  },
  {
    id: 'server.refresh',
    step: 'server',
    status: 'note',
    needs: 'person',
    requirement: `${MCP}, "Refresh Tokens"; RFC 8414 section 2: grant_types_supported without refresh_token means that there is none`,
    fix: 'grant refresh tokens: without one a person signs in at every expiry',
    judge({ document: { server }, found }) {
      if (found.authorizationServer?.metadataUrl === undefined) return undefined;
      const grants = server?.['grant_types_supported'];
      const offered = Array.isArray(grants) && grants.includes('refresh_token');
      return offered ? undefined : 'the metadata does not say that there are refresh tokens';
    },
  },
  {
    id: 'client.document',
    step: 'client',
    status: 'note',
    needs: 'person',
    requirement: `${MCP}, "Client Registration Approaches": metadata documents are preferred, dynamic registration is deprecated`,
    fix: 'support client ID metadata documents (client_id_metadata_document_supported)',
    judge: ({ found: { authorizationServer } }) =>
      authorizationServer !== undefined && !authorizationServer.clientIdMetadataDocumentSupported
        ? 'the server takes no client ID metadata documents'
        : undefined,
  },
  {
    id: 'scopes.named',
    step: 'scopes',
    status: 'note',
    requirement: `${MCP}, "Scope Selection Strategy": the challenge or scopes_supported says what to ask for`,
    fix: 'name the scopes in the challenge, or in scopes_supported of the resource metadata',
    judge: ({ found }) =>
      found.scopes?.length === 0
        ? 'nobody says which scopes to ask for: the server’s own default is what comes'
        : undefined,
  },
];

/** Everything that deviates, in the order of the steps. */
export function reviewRows({ found, answers }: Examination, settings: ServerSettings): readonly Row[] {
  const server = new URL(settings.url);
  const concerns = ({ needs }: Rule): boolean =>
    needs === undefined || (needs === 'page' ? opensPage(settings) : !isUnattended(settings));
  const last = (step: Step) => answers.findLast((answer) => answer.step === step);
  const answer = { challenge: last('challenge'), resource: last('resource'), server: last('server') };
  const documentOf = (step: 'resource' | 'server') => parseJsonObject(answer[step]?.text ?? '');
  const [resource, metadata] = [documentOf('resource'), documentOf('server')];
  const seen: Seen = {
    server,
    found,
    answers,
    answer: Object.fromEntries(Object.entries(answer).filter(([, each]) => each !== undefined)),
    document: { ...(resource && { resource }), ...(metadata && { server: metadata }) },
  };
  return RULES.filter(concerns).flatMap(({ judge, id, step, status, requirement, fix, code }) => {
    const message = judge(seen);
    return message === undefined
      ? []
      : [
          {
            id,
            step,
            status,
            message: plain(message, 500),
            fault: 'server',
            requirement,
            fix,
            ...(code && { code }),
          } as const,
        ];
  });
}

function withoutQuery(server: URL): string {
  return server.origin + (server.pathname === '/' ? '' : server.pathname);
}

function wrongType(headers: Headers | undefined): string | undefined {
  const type = headers?.get('content-type') ?? '';
  if (/^application\/(?:[\w.-]+\+)?json\b/i.test(type)) return undefined;
  return `the document is served as ${type === '' ? 'nothing in particular' : quote(type, 80)}`;
}

function redirected(answer: Examination['answers'][number] | undefined): string | undefined {
  if (answer === undefined || !URL.canParse(answer.asked)) return undefined;
  return new URL(answer.asked).href === answer.url
    ? undefined
    : `the document is only to be had by a redirect, to ${shownUrl(answer.url)}`;
}

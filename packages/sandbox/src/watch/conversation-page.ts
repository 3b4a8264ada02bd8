import { escapeHtml } from '../http/html.js';
import type { Endpoint, LoggedRequest } from '../http/request-log.js';
import { shorten } from '../http/shorten.js';
import { quote } from '../quote.js';

/* The conversation as a sequence: who asked whom for what, what came back, and the rule by which something was refused.
   Nothing runs on it and it loads nothing: rows are appended to the open page as they happen. All of it is foreign. */

const WORDS: Readonly<Record<Endpoint, string>> = {
  metadata: 'authorization server metadata',
  jwks: 'keys',
  register: 'client registration',
  authorize: 'authorization request',
  'pushed-request': 'pushed authorization request',
  consent: 'consent',
  'device-authorization': 'device authorization request',
  device: 'entering of a code',
  token: 'token request',
  revoke: 'revocation',
  'client-key': 'the key of the client',
  'workload-token': 'the token of the workload',
  'idp-metadata': 'identity provider metadata',
  'idp-jwks': 'keys of the identity provider',
  'idp-token': 'token exchange at the identity provider',
  'id-token': 'an ID token',
  'client-document': 'client ID metadata document',
  'resource-metadata': 'protected resource metadata',
  mcp: 'MCP',
  unknown: 'nothing is here',
};

/** What is worth seeing at a glance; the rest is a click away. */
const TELLING = [
  'grant_type',
  'scope',
  'resource',
  'audience',
  'client_id',
  'client_name',
  'redirect_uri',
  'redirect_uris',
  'application_type',
  'token_endpoint_auth_method',
  'code_challenge_method',
  'decision',
];

/** Text of whoever, for an element or a quoted attribute. */
function safe(text: string, limit = 300): string {
  return escapeHtml(quote(shorten(text), limit));
}

/** The page up to its first row. It is not closed: more comes. */
export function pageHead(title: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${safe(title)}</title>
<style>${STYLE}</style></head>
<body><header><h1>${safe(title)}</h1><p>Every request as it happens. Nothing here is real; codes and tokens are cut short all the same.</p>
<ol class="who"><li>browser</li><li>client</li><li>authorization server</li><li>MCP server</li></ol></header><main>
`;
}

/** One request with its answer. */
export function pageRow(request: LoggedRequest): string {
  const { endpoint, status, fault, refusal, answer } = request;
  const from = endpoint === 'authorize' || endpoint === 'consent' ? 'browser' : 'client';
  const to = request.server === 'authorization' ? 'server' : 'resource';
  const what = endpoint === 'mcp' ? `${request.operation} ${request.target}`.trim() : WORDS[endpoint];
  const bad = refusal !== undefined || fault !== undefined || status === undefined || status >= 400;
  const verdict = [
    status === undefined ? 'cut off' : String(status),
    ...(fault === undefined ? [] : [`fault: ${fault}`]),
    ...(refusal === undefined ? [] : [`refused: ${refusal}`]),
  ].join(' · ');
  return `<article class="${from} ${to}${bad ? ' bad' : ''}"><div class="span">
<p class="asked"><strong>${safe(what)}</strong> <code>${safe(`${request.method} ${request.path}`)}</code></p>
${telling(request)}<div class="arrow"></div><div class="back"></div><p class="answer">${safe(verdict)}</p>
<details><summary>whole</summary><pre>${whole(request, answer)}</pre></details>
</div></article>
`;
}

function telling(request: LoggedRequest): string {
  const sent = asked(request);
  const items = TELLING.flatMap((name) => (sent[name] === undefined ? [] : [[name, sent[name]] as const]));
  const credential = request.headers['authorization'];
  const shown = credential === undefined ? items : [...items, ['authorization', credential] as const];
  if (shown.length === 0) return '';
  return `<ul>${shown.map(([name, value]) => `<li><b>${safe(name)}</b> ${safe(value)}</li>`).join('')}</ul>\n`;
}

/** The parameters, wherever they were. */
function asked({ query, form, json, endpoint }: LoggedRequest): Record<string, string> {
  const body = endpoint === 'register' && typeof json === 'object' && json !== null ? json : {};
  const members = Object.entries(body).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : JSON.stringify(value),
  ]);
  return Object.fromEntries([...query, ...form, ...members]) as Record<string, string>;
}

function whole(request: LoggedRequest, answer: LoggedRequest['answer']): string {
  const query = request.query.toString();
  const block = [
    `${request.method} ${request.path}${query === '' ? '' : `?${query}`}`,
    ...Object.entries(request.headers).map(([name, value]) => `${name}: ${value}`),
    request.body,
    `→ ${request.status ?? 'cut off'}`,
    ...(answer?.headers ?? []).map(([name, value]) => `${name}: ${value}`),
    answer?.body ?? '',
  ];
  return block
    .filter((line) => line !== '')
    .map((line) => safe(line, 4_000))
    .join('\n');
}

const STYLE = `:root{color-scheme:light dark;--fg:#1c1e21;--dim:#5a6270;--bg:#f6f7f9;--card:#fff;--line:#c6ccd6;--ok:#1a5fb4;--bad:#b3261e}
@media (prefers-color-scheme:dark){:root{--fg:#e6e8eb;--dim:#9aa4b2;--bg:#14171b;--card:#1d2127;--line:#3b424d;--ok:#78aeed;--bad:#ff8a80}}
*{box-sizing:border-box}body{font:14px/1.45 system-ui,sans-serif;margin:0;background:var(--bg);color:var(--fg)}
header{position:sticky;top:0;background:var(--bg);padding:1rem 1.5rem 0;border-bottom:1px solid var(--line);z-index:1}
h1{font-size:1.15rem;margin:0}header p{margin:.2rem 0 .8rem;color:var(--dim)}
.who{display:grid;grid-template-columns:repeat(4,1fr);list-style:none;margin:0;padding:0;text-align:center;font-weight:600}
.who li{padding:.35rem}main{padding:0 1.5rem 3rem;min-height:80vh;background:
linear-gradient(var(--line),var(--line)) 12.5% 0/1px 100% no-repeat,linear-gradient(var(--line),var(--line)) 37.5% 0/1px 100% no-repeat,
linear-gradient(var(--line),var(--line)) 62.5% 0/1px 100% no-repeat,linear-gradient(var(--line),var(--line)) 87.5% 0/1px 100% no-repeat;background-origin:content-box}
article{padding:.9rem 0 0}.span{--c:var(--ok);background:var(--card);border-radius:6px;padding:.4rem .6rem .3rem;border:1px solid var(--line)}
.bad .span{--c:var(--bad)}.client.server .span{margin-left:37.5%;width:25%}.client.resource .span{margin-left:37.5%;width:50%}
.browser.server .span{margin-left:12.5%;width:50%}.browser.resource .span{margin-left:12.5%;width:75%}
.asked{margin:0}.asked code{color:var(--dim);font-size:.85em;overflow-wrap:anywhere}
ul{list-style:none;margin:.2rem 0;padding:0;color:var(--dim);font-size:.85em}li b{font-weight:600}ul li{overflow-wrap:anywhere}
.arrow,.back{height:0;margin:.3rem 6px;border-top:2px solid var(--c);position:relative}.back{border-top-style:dashed}
.arrow::after,.back::after{content:"";position:absolute;top:-6px;border:5px solid transparent}
.arrow::after{right:-8px;border-left-color:var(--c)}.back::after{left:-8px;border-right-color:var(--c)}
.answer{margin:0;color:var(--c);font-weight:600;overflow-wrap:anywhere}
summary{color:var(--dim);cursor:pointer;font-size:.85em}pre{white-space:pre-wrap;overflow-wrap:anywhere;font-size:.8em;margin:.3rem 0}
@media (max-width:700px){.who{display:none}main{background:none}article .span{margin-left:0!important;width:100%!important}}`;

import { isLoopbackHost, type RedirectWish } from '@mcpass/auth';

/** Where the listener shall be and how its address is spelled, before a port is known. */
export interface RedirectPlan {
  /** Absent: any free port. */
  readonly port?: number;
  /** Another port will not do. */
  readonly fixed: boolean;
  /** As in a URL, brackets around IPv6. */
  readonly host: string;
  readonly path: string;
  /** Replaces the whole redirect URI. */
  readonly url?: string;
}

const HOST = '127.0.0.1';
const PATH = '/callback';

/** Makes a plan of a wish. The literal address is the default, as RFC 8252 section 8.3 recommends. Pure. */
export function planRedirect(wish: RedirectWish): RedirectPlan {
  if (wish.url !== undefined) return planForUrl(wish, new URL(wish.url));
  const earlier = loopbackUri(wish.earlier);
  const port = wish.port ?? portOf(earlier);
  return {
    ...(port === undefined ? {} : { port }),
    fixed: wish.port !== undefined,
    host: wish.host === undefined ? (earlier?.hostname ?? HOST) : bracketed(wish.host),
    path: rooted(wish.path ?? earlier?.pathname ?? PATH),
  };
}

function planForUrl(wish: RedirectWish, url: URL): RedirectPlan {
  const port = wish.port ?? (isLoopbackHost(url.hostname) ? portOf(url) : undefined);
  return {
    ...(port === undefined ? {} : { port }),
    fixed: port !== undefined,
    host: url.hostname,
    // A tunnel may strip a part of the path: then `path` says what arrives.
    path: rooted(wish.path ?? url.pathname),
    url: wish.url ?? url.href,
  };
}

/** The redirect URI at a port, and the other spellings of the same place. Pure. */
export function spellRedirect(
  plan: RedirectPlan,
  port: number,
): { readonly redirectUri: string; readonly alternatives: readonly string[] } {
  if (plan.url !== undefined) return { redirectUri: plan.url, alternatives: [] };
  const at = (host: string) => `http://${host}:${port}${plan.path}`;
  const redirectUri = at(plan.host);
  const others = isLoopbackHost(plan.host) ? [HOST, 'localhost'] : [];
  return { redirectUri, alternatives: others.map(at).filter((uri) => uri !== redirectUri) };
}

/** What goes into the form of a provider for a sign-in that takes any free port: the URI without one (RFC 8252 section 7.3). Pure. */
export function redirectToRegister(wish: RedirectWish): { readonly uri: string; readonly anyPort: boolean } {
  const plan = planRedirect(wish);
  if (plan.url === undefined && plan.port === undefined)
    return { uri: `http://${plan.host}${plan.path}`, anyPort: true };
  return { uri: spellRedirect(plan, plan.port ?? 0).redirectUri, anyPort: false };
}

function loopbackUri(uri: string | undefined): URL | undefined {
  if (uri === undefined || !URL.canParse(uri)) return undefined;
  const url = new URL(uri);
  return url.protocol === 'http:' && isLoopbackHost(url.hostname) ? url : undefined;
}

function portOf(url: URL | undefined): number | undefined {
  return url === undefined || url.port === '' ? undefined : Number(url.port);
}

function bracketed(host: string): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
}

function rooted(path: string): string {
  return path.startsWith('/') ? path : `/${path}`;
}

import { unescapeHtml } from './http/html.js';
import { visit, type Page } from './page-visit.js';

/**
 * What a simulated user does with an authorization URL.
 *
 * - `consents`: opens it and clicks Allow
 * - `denies`: opens it and clicks Deny
 * - `closes`: opens it and closes the window
 * - `never`: does not open it
 * - `forges`: is an attacker first, who calls back with a wrong `state`, then consents
 */
export type UserKind = 'consents' | 'denies' | 'closes' | 'never' | 'forges';

/** All kinds. */
export const USER_KINDS: readonly UserKind[] = ['consents', 'denies', 'closes', 'never', 'forges'];

/** A simulated user with a browser. */
export interface User {
  /**
   * Opens an authorization URL and acts. Resolves with the page that is shown last: the client's callback page when it
   * came to that, else the consent or error page of the authorization server; undefined if nothing was opened.
   * Rejects when the client's callback cannot be reached.
   */
  open(authorizationUrl: string | URL): Promise<Page | undefined>;
}

/** A user of the given kind; `person` is the subject that is chosen on the consent page, where there is a choice. */
export function createUser(kind: UserKind, person?: string): User {
  return { open: (url) => ACTS[kind](String(url), person) };
}

const ACTS: Record<UserKind, (url: string, person?: string) => Promise<Page | undefined>> = {
  consents: async (url, person) => click(await visit(url), 'allow', person),
  denies: async (url) => click(await visit(url), 'deny'),
  closes: (url) => visit(url),
  never: async () => undefined,
  forges: async (url, person) => {
    const callback = new URL(new URL(url).searchParams.get('redirect_uri') ?? '');
    callback.search = new URLSearchParams({ code: 'forged-code', state: 'forged-state' }).toString();
    await visit(callback.href).catch(() => undefined);
    return ACTS.consents(url, person);
  },
};

/** Submits the page's form with one of its buttons. A page without a form is where the walk ends. */
async function click(page: Page, decision: 'allow' | 'deny', person?: string): Promise<Page> {
  const action = /<form method="post" action="([^"]*)"/.exec(page.html)?.[1];
  if (action === undefined) return page;
  const hidden = [...page.html.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)];
  const form = new URLSearchParams();
  for (const [, name = '', value = ''] of hidden) form.set(name, unescapeHtml(value));
  form.set('decision', decision);
  if (person !== undefined) form.set('person', person);
  return visit(new URL(unescapeHtml(action), page.url).href, form);
}

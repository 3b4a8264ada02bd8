import { escapeHtml, htmlPage } from '../http/html.js';
import type { Person } from './grant.js';

/** What the user is asked. */
export interface ConsentQuestion {
  /** Ties the answer to the request. */
  readonly id: string;
  /** Where the answer goes. */
  readonly action: string;
  readonly clientName: string;
  readonly scopes: readonly string[];
  readonly resource: string | undefined;
  /** Who is signed in at the server, unless somebody else of `people` is chosen. */
  readonly person: Person;
  readonly people: readonly Person[];
}

/** The consent page: who asks, for what, for where; Allow and Deny. */
export function consentPage(question: ConsentQuestion): string {
  const scopes = question.scopes.length === 0 ? 'none asked for' : question.scopes.join(' ');
  return htmlPage(
    `Allow ${question.clientName}?`,
    `<dl>
<dt>Scopes</dt><dd>${escapeHtml(scopes)}</dd>
<dt>For</dt><dd>${escapeHtml(question.resource ?? 'no particular resource')}</dd>
</dl>
<form method="post" action="${escapeHtml(question.action)}">
<input type="hidden" name="request" value="${escapeHtml(question.id)}">
<p><label>Signed in as <select name="person">${question.people.map((each) => option(each, question)).join('')}</select></label></p>
<button name="decision" value="allow">Allow</button><button name="decision" value="deny">Deny</button>
</form>`,
  );
}

function option({ subject, name = subject }: Person, { person }: ConsentQuestion): string {
  const selected = subject === person.subject ? ' selected' : '';
  return `<option value="${escapeHtml(subject)}"${selected}>${escapeHtml(name)}</option>`;
}

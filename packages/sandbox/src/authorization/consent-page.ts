import { escapeHtml, htmlPage } from '../http/html.js';

/** What the user is asked. */
export interface ConsentQuestion {
  /** Ties the answer to the request. */
  readonly id: string;
  /** Where the answer goes. */
  readonly action: string;
  readonly clientName: string;
  readonly scopes: readonly string[];
  readonly resource: string | undefined;
  readonly subject: string;
}

/** The consent page: who asks, for what, for where; Allow and Deny. */
export function consentPage(question: ConsentQuestion): string {
  const scopes = question.scopes.length === 0 ? 'none asked for' : question.scopes.join(' ');
  return htmlPage(
    `Allow ${question.clientName}?`,
    `<dl>
<dt>Signed in as</dt><dd>${escapeHtml(question.subject)}</dd>
<dt>Scopes</dt><dd>${escapeHtml(scopes)}</dd>
<dt>For</dt><dd>${escapeHtml(question.resource ?? 'no particular resource')}</dd>
</dl>
<form method="post" action="${escapeHtml(question.action)}">
<input type="hidden" name="request" value="${escapeHtml(question.id)}">
<button name="decision" value="allow">Allow</button><button name="decision" value="deny">Deny</button>
</form>`,
  );
}

import type { LoggedRequest } from '../http/request-log.js';
import { shorten } from '../http/shorten.js';
import { quote } from '../quote.js';

/** One request and its answer as they went over the wire, for `--log`: nothing in it is whole that is a secret. */
export function wireLines(request: LoggedRequest): string {
  const query = request.query.toString();
  const lines = [
    `> ${request.method} ${request.path}${query === '' ? '' : `?${shorten(query)}`}`,
    ...Object.entries(request.headers).map(([name, value]) => `> ${name}: ${shorten(value)}`),
    ...(request.body === '' ? [] : ['>', `> ${shorten(request.body)}`]),
    `< ${request.status ?? 'cut off'}${request.fault === undefined ? '' : ` [${request.fault}]`}`,
    ...(request.answer?.headers ?? []).map(([name, value]) => `< ${name}: ${shorten(value)}`),
    ...(request.answer?.body === undefined ? [] : ['<', `< ${shorten(request.answer.body)}`]),
    ...(request.refusal === undefined ? [] : [`= refused: ${request.refusal}`]),
  ];
  return `${lines.map((line) => quote(line, 2_000)).join('\n')}\n\n`;
}

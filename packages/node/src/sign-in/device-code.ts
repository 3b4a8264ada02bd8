import { type DeviceRequest, McpassError } from '@mcpass/auth';
import type { UserOptions } from './callback-server.js';
import { checkAddress, describeParties, duration } from './conversation.js';

/**
 * Shows a code that the person enters on any device (RFC 8628 section 3.3). Throws `login_required` where a sign-in is kept for
 * whoever sees the code and goes on with it.
 */
export async function showCode(request: DeviceRequest, options: UserOptions): Promise<void> {
  const { say, brief, surroundings } = options;
  const page = checkAddress(request.verificationUri);
  const { userCode } = request;
  // Section 3.3.1: with the code in it, for those who can follow it.
  const complete =
    request.verificationUriComplete === undefined ? undefined : checkAddress(request.verificationUriComplete);
  const leftAlone = options.unattended !== undefined && options.answeredElsewhere !== true;
  if (leftAlone && !surroundings.terminal) throw nobodySees(userCode, complete ?? page, options);
  const { title, rows } = describeParties(request, page, options);
  const limit = duration(request.timeoutMs);
  if (brief === true) {
    say(`${title}: enter the code ${userCode} at ${page.href} within ${limit}.`);
    return;
  }
  const lines = [
    title,
    ...rows,
    '',
    'On any device, open this address:',
    page.href,
    `and enter the code:  ${userCode}`,
    '',
  ];
  if (complete !== undefined) lines.push('With the code in it:', complete.href, '');
  lines.push(...(await picture((complete ?? page).href, options.columns)));
  lines.push(`Waiting up to ${limit}.`);
  for (const line of lines) say(line);
}

/** Columns on either side that a reader of the picture needs. */
const QUIET_ZONE = 2;

/** The address as a QR code, where the terminal has the room for it. */
async function picture(address: string, columns: number | undefined): Promise<readonly string[]> {
  if (columns === undefined) return [];
  const { renderUnicodeCompact } = await import('uqr');
  const lines = renderUnicodeCompact(address, { border: QUIET_ZONE, ecc: 'L' }).split('\n');
  return (lines[0]?.length ?? Infinity) <= columns ? [...lines, ''] : [];
}

function nobodySees(userCode: string, address: URL, { unattended }: UserOptions): McpassError {
  const message = `Nobody is at a terminal here to enter the code ${userCode}.`;
  return new McpassError('login_required', message, {
    step: 'authorization',
    fault: 'yours',
    remedy:
      unattended === 'begun' ? { do: 'finish_sign_in', authorizationUrl: address.href } : { do: 'sign_in' },
  });
}

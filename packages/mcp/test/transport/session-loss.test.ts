import { describe, expect, test } from 'vitest';
import { isSessionGone, isStreamLost } from '../../src/transport/session-loss.js';

/* The words and codes of real servers, and of those that mean something else by a session. */

describe('a refusal in a session', () => {
  test.each([
    // SDK for TypeScript: the id is null.
    [{ status: 400, text: 'Bad Request: No valid session ID provided', code: -32_000 }],
    [{ status: 404, text: 'Session not found', code: -32_001 }],
    // SDK for Python: the id is "server-error".
    [{ status: 404, text: 'Not Found: Invalid or expired session ID', code: -32_600 }],
    [{ status: 400, text: 'No transport found for sessionId' }],
    [{ status: 400, text: 'sessionId not found' }],
    [{ status: 400, text: 'Bad Request: Server not initialized', code: -32_000 }],
    [{ status: 400, text: 'Bad Request: Server not initialized' }],
    [{ status: 400, text: 'Sessions expired' }],
    [{ status: 400, text: 'unknown mcp_session_id' }],
    [{ status: 404, text: '<h1>Not found</h1>' }],
    [{ status: 404, text: '' }],
    // Servers that put the request's id there and leave no doubt.
    [{ status: 404, text: 'Session not found', code: -32_001, answersRequest: true }],
    [{ status: 400, text: 'Unknown session: 7f3a', code: -32_600, answersRequest: true }],
    [{ status: 400, text: 'Bad Request: No valid session ID provided', code: -32_000, answersRequest: true }],
    [{ status: 404, text: 'The MCP session has expired', code: -32_000, answersRequest: true }],
  ])('%o means that it is gone', (refusal) => {
    expect(isSessionGone(refusal)).toBe(true);
  });

  test.each([
    [{ status: 400, text: 'The checkout session is closed already', code: -32_602, answersRequest: true }],
    [{ status: 400, text: 'checkout session not found', code: -32_000, answersRequest: true }],
    [{ status: 404, text: 'Resource not found', code: -32_002, answersRequest: true }],
    [{ status: 404, text: 'Session not found', code: -32_602, answersRequest: true }],
    [{ status: 404, text: 'no such method', code: -32_601 }],
    [{ status: 400, text: 'no such argument' }],
    [{ status: 400, text: 'an obsession' }],
    [{ status: 500, text: 'Session not found' }],
    [{ status: 403, text: 'Session not found' }],
  ])('%o is the answer', (refusal) => {
    expect(isSessionGone(refusal)).toBe(false);
  });
});

test.each([
  [{ status: 404, text: 'Cannot GET /mcp' }, false, false],
  [{ status: 404, text: 'Cannot GET /mcp' }, true, true],
  [{ status: 404, text: 'Session not found' }, false, true],
  [{ status: 400, text: 'No valid session ID provided' }, false, true],
  [{ status: 405, text: 'no session' }, true, false],
])('%o to a stream, had before: %s, means that the session is gone: %s', (refusal, hadStream, isGone) => {
  expect(isStreamLost(refusal, hadStream)).toBe(isGone);
});

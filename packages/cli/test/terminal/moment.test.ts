import { afterEach, expect, test } from 'vitest';
import { clockTime } from '../../src/terminal/moment.js';

const zone = process.env['TZ'];
afterEach(() => {
  if (zone === undefined) delete process.env['TZ'];
  else process.env['TZ'] = zone;
});

test.each([
  ['in the middle of the day', 'UTC', '2026-11-20T12:10:00Z', '13:10'],
  ['before midnight', 'UTC', '2026-11-20T23:40:00Z', '2026-11-21 00:40'],
  ['at the end of February', 'UTC', '2026-02-28T23:40:00Z', '2026-03-01 00:40'],
  ['at the end of the February of a leap year', 'UTC', '2028-02-28T23:40:00Z', '2028-02-29 00:40'],
  ['at the end of a year', 'UTC', '2026-12-31T23:40:00Z', '2027-01-01 00:40'],
  ['when summer time begins', 'Europe/Berlin', '2026-03-29T00:40:00Z', '03:40'],
  ['when summer time ends', 'Europe/Berlin', '2026-10-25T00:40:00Z', '02:40'],
  ['where it is another day already', 'Pacific/Kiritimati', '2026-11-20T09:40:00Z', '2026-11-21 00:40'],
  ['where the clock is no whole hours off', 'Asia/Kathmandu', '2026-11-20T12:10:00Z', '18:55'],
])('in an hour, told %s', (_, where, now, text) => {
  process.env['TZ'] = where;
  const nowMs = Date.parse(now);
  expect(clockTime(nowMs / 1000 + 3_600, nowMs)).toBe(text);
});

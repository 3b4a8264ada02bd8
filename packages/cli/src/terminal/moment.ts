/** Epoch seconds as JSON carries them: `2026-11-20T12:00:00Z`. */
export function isoTime(epochS: number): string {
  return `${new Date(epochS * 1000).toISOString().slice(0, -'.000Z'.length)}Z`;
}

/** How far away a moment is, in its largest unit: `in 59 min`, `3 days ago`. */
export function fromNow(epochS: number, nowMs: number): string {
  const seconds = Math.round(epochS - nowMs / 1000);
  const distance = inWords(Math.abs(seconds));
  // By the exact time: what has just been is not to come, though both are nought seconds away.
  return epochS * 1000 > nowMs ? `in ${distance}` : `${distance} ago`;
}

/** A length of time in its largest unit: `40 s`, `59 min`, `9 days`. */
export function inWords(seconds: number): string {
  if (seconds < 90) return `${seconds} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  const hours = Math.round(seconds / 3600);
  if (hours < 48) return `${hours} h`;
  return `${Math.round(seconds / 86_400)} days`;
}

/** The clock time of a moment where the person is, with the date when that is another day. */
export function clockTime(epochS: number, nowMs: number): string {
  const moment = new Date(epochS * 1000);
  const time = `${two(moment.getHours())}:${two(moment.getMinutes())}`;
  const date = `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}`;
  return moment.toDateString() === new Date(nowMs).toDateString() ? time : `${date} ${time}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

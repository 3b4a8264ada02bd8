/* The browser of an unattended person who consents to everything: opens the address and follows where it leads. */
const address = process.argv.at(-1) ?? '';
const answer = await fetch(address, { redirect: 'follow', signal: AbortSignal.timeout(10_000) });
await answer.text();
process.exitCode = answer.ok ? 0 : 1;

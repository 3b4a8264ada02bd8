import { PROFILES, type ProfileName } from '@mcpass/sandbox';
import { expectationOf } from './expectations.js';

const ROWS = (Object.keys(PROFILES) as ProfileName[]).map((name) => {
  const { outcome, why = '' } = expectationOf(name);
  return [`\`${name}\``, outcome, why] as const;
});

/** The table for a terminal. */
export function table(): string {
  return ROWS.map(([name, outcome, why]) =>
    `${pad(name.slice(1, -1), 24)}${pad(outcome, 24)}${why}`.trimEnd(),
  ).join('\n');
}

/** docs/providers.md. */
export function page(): string {
  const head = ['profile', 'outcome', 'why'] as const;
  const widths = head.map((title, at) => Math.max(title.length, ...ROWS.map((row) => row[at]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, at) => pad(cell, widths[at] ?? 0)).join(' | ')} |`;
  return `# Providers

What mcpass does with each provider that \`mcpass sandbox --list\` names, from \`add\` through a sign-in and an expired token
to \`logout\`. The test that walks through all of them writes this page. A profile means that some server behaved like
this, not that the provider does so today: nothing here was tried on the live service.

- **works**: \`mcpass login URL\`, and, where there is no registration, a client of your own
- **works with a setting**: a line in the configuration that weakens nothing
- **works with an override**: a line under \`unsafe\`, which the refusal prints and \`mcpass status\` shows ([overrides.md](overrides.md))
- **refused**: nothing on this side can help; what is in the way is said

${line(head)}
| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |
${ROWS.map(line).join('\n')}

## What was seen

The marks: \`C\` captured on the wire, \`D\` documented, \`R\` reported, \`I\` inferred.

${Object.entries(PROFILES)
  .map(
    ([name, { facts }]) =>
      `### ${name}\n\n${facts.map((fact) => `- ${fact.replace(' [', ' \\[')}`).join('\n')}\n`,
  )
  .join('\n')}`;
}

function pad(text: string, width: number): string {
  return text.padEnd(width);
}

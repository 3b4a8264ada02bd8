#!/usr/bin/env node
import { writeSync } from 'node:fs';
import { parseArguments, USAGE, UsageError, type Arguments } from './command/arguments.js';
import { listJson, listReport, requestLine, startJson, startReport } from './command/report.js';
import { wireLines } from './command/wire.js';
import { startSandbox } from './sandbox.js';

/** Exit codes, as in the main command. */
const EXIT = { failure: 1, usage: 2 } as const;

// Who reads may have read enough (`| head`): that is no failure, and a sandbox that runs goes on.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') return;
  report(error);
  // oxlint-disable-next-line unicorn/no-process-exit -- its address is lost: nobody would know what runs here
  process.exit(EXIT.failure);
});
// Nobody reads the log.
process.stderr.on('error', () => undefined);

try {
  await run(parseArguments(process.argv.slice(2)));
} catch (error) {
  report(error);
  process.exitCode = error instanceof UsageError ? EXIT.usage : EXIT.failure;
}

async function run(args: Arguments): Promise<void> {
  if (args.action === 'help') {
    process.stdout.write(USAGE);
    return;
  }
  if (args.action === 'list') {
    process.stdout.write(args.json ? listJson() : listReport());
    return;
  }
  const sandbox = await startSandbox(args.profile, {
    ...args.options,
    onAnswer: (request) => process.stderr.write(args.log ? wireLines(request) : requestLine(request)),
  });
  // Before the report: who reads it may stop the sandbox at once.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void sandbox.close());
  process.stdout.write(args.json ? startJson(args, sandbox) : startReport(args, sandbox));
}

/** To people, or to the program that started this one and gave it a pipe for the purpose. */
function report(error: unknown): void {
  const message = describe(error);
  const pipe = Number(process.env['SANDBOX_ERROR_FD'] ?? Number.NaN);
  if (Number.isInteger(pipe) && pipe > 2) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    const kind = error instanceof UsageError ? 'usage' : code === 'EADDRINUSE' ? 'port_in_use' : 'failure';
    writeSync(pipe, JSON.stringify({ kind, message }));
  } else {
    process.stderr.write(`mcpass-sandbox: ${message}\n`);
  }
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, port } = error as NodeJS.ErrnoException & { port?: number };
  return code === 'EADDRINUSE' ? `port ${port} is in use` : error.message;
}

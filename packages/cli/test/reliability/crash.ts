import { existsSync, watch } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { figures } from './figures.js';
import { type Lab, lockFile, refreshCount } from './lab.js';

/** How far a process gets with its refresh before it is killed. */
export const STAGES = [
  'started',
  'taken the lock',
  'reserved its place on the disk',
  'sent the request',
  'the answer',
  'replaced the record',
  'given the lock back',
] as const;

export type Crash = (typeof STAGES)[number];

/**
 * Starts a process that has to refresh and kills it when it gets there. There are no hooks in the command: what it does
 * is seen in the directory and at the provider, a moment later, so that the kill falls somewhere into the next step.
 *
 * @param onAnswer takes what is called when the provider has answered a token request
 */
export async function crash(
  lab: Lab,
  stage: Crash,
  onAnswer: (listener: (() => void) | undefined) => void,
): Promise<void> {
  const running = lab.start({}, 'token', lab.sandbox.url);
  const runs = () => running.process.exitCode === null && running.process.signalCode === null;
  let killed = false;
  const kill = () => {
    if (runs() && running.process.kill('SIGKILL')) killed = true;
  };

  const seen = watcherOf(lab, stage, kill);
  if (stage === 'the answer') onAnswer(kill);
  if (stage === 'started') {
    await delay(Math.random() * 200);
    kill();
  }
  if (stage === 'sent the request') {
    const before = refreshCount(lab.sandbox);
    while (runs() && refreshCount(lab.sandbox) === before) await delay(1);
    kill();
  }
  await running.ended;
  onAnswer(undefined);
  seen?.close();
  if (killed) figures.kills += 1;
}

/** Kills as soon as the directory shows that the stage is reached. */
function watcherOf(lab: Lab, stage: Crash, kill: () => void): { close(): void } | undefined {
  const lock = lockFile(lab);
  const record = basename(lab.file);
  let replaced = false;
  const look = (name: string): boolean => {
    switch (stage) {
      case 'taken the lock':
        return name === basename(lock);
      case 'reserved its place on the disk':
        return name.includes('.draft-');
      case 'replaced the record':
        return name === record;
      case 'given the lock back':
        replaced ||= name === record;
        return replaced && !existsSync(lock);
      default:
        return false;
    }
  };
  if (stage === 'started' || stage === 'sent the request' || stage === 'the answer') return undefined;
  const watchers = [...new Set([lab.directory, lab.locks])].map((directory) =>
    watch(directory, (_, name) => {
      if (name !== null && look(name)) kill();
    }),
  );
  return { close: () => watchers.forEach((watcher) => watcher.close()) };
}

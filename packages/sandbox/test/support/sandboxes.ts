import { afterEach } from 'vitest';
import { startSandbox, type ProfileName, type Sandbox, type SandboxOptions } from '../../src/index.js';

/** Starts sandboxes that end with the test. Call once per file. */
export function sandboxes(): (profile: ProfileName, overrides?: SandboxOptions) => Promise<Sandbox> {
  const open: Sandbox[] = [];
  afterEach(async () => {
    await Promise.all(open.splice(0).map((sandbox) => sandbox.close()));
  });
  return async (profile, overrides) => {
    const sandbox = await startSandbox(profile, overrides);
    open.push(sandbox);
    return sandbox;
  };
}

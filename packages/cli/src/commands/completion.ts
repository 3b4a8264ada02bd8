import { didYouMean } from '@mcpass/auth';
import { defineCommand, type Command } from '../command.js';
import { completionScript, SHELLS, type Shell } from '../completion/script.js';
import { usageError } from '../failure.js';

export interface CompletionOptions {
  readonly shell: Shell;
}

export const completion: Command = defineCommand<CompletionOptions>({
  name: 'completion',
  summary: 'completion for bash, zsh, fish or PowerShell',
  about: [
    'Completes commands, options, servers, accounts, keys of the configuration, and the tools, prompts, resources and arguments that a server has shown at the last call or listing, at most a week ago. It asks no server.',
  ],
  examples: [
    { line: 'source <(mcpass completion bash)', says: 'in ~/.bashrc' },
    { line: 'source <(mcpass completion zsh)', says: 'in ~/.zshrc, after compinit' },
    { line: 'mcpass completion fish > ~/.config/fish/completions/mcpass.fish' },
    { line: 'mcpass completion powershell | Out-String | Invoke-Expression', says: 'in $PROFILE' },
  ],
  arguments: [{ name: 'shell', summary: SHELLS.join(', '), completes: SHELLS }],
  parse(input) {
    const word = input.required('shell');
    const shell = SHELLS.find((candidate) => candidate === word);
    if (shell === undefined) {
      throw usageError(`completion takes ${SHELLS.join(', ')}, not "${word}".${didYouMean(word, SHELLS)}`);
    }
    return { shell };
  },
  async run({ shell }, { io }) {
    io.outText(completionScript(shell));
    return 0;
  },
});

export const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const;
export type Shell = (typeof SHELLS)[number];

/*
 * Scripts of our own: each hands the words of the line, as words, to `mcpass complete --`, and offers what that prints
 * (`word`, a tab, an explanation). None of them evaluates what was typed, and none needs a helper that is not part of
 * its shell.
 */

const BASH = `# mcpass completion for bash
_mcpass() {
  local IFS=$'\\n' current="\${COMP_WORDS[COMP_CWORD]}" line
  COMPREPLY=()
  while read -r line; do
    COMPREPLY+=("\${line%%$'\\t'*}")
  done < <(mcpass complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  # Bash breaks words at colons and equal signs; what stands before them is on the line already.
  if [[ $current == *[:=]* || $COMP_WORDBREAKS == *:* ]]; then
    local before="\${COMP_LINE:0:COMP_POINT}"
    before="\${before##* }"
    before="\${before%"$current"}"
    COMPREPLY=("\${COMPREPLY[@]#"$before"}")
  fi
}
complete -o default -F _mcpass mcpass
`;

const ZSH = `#compdef mcpass
# mcpass completion for zsh
_mcpass() {
  local -a found
  local line
  while IFS= read -r line; do
    # The first colon of an entry separates word and explanation.
    found+=("\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}")
  done < <(mcpass complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( \${#found} )); then
    _describe 'mcpass' found
  else
    _files
  fi
}
if [[ $funcstack[1] == _mcpass ]]; then
  _mcpass "$@"
else
  compdef _mcpass mcpass
fi
`;

const FISH = `# mcpass completion for fish
function __mcpass_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l found (mcpass complete -- $words[2..-1] "$current" 2>/dev/null)
    if test (count $found) -gt 0
        printf '%s\\n' $found
    else
        __fish_complete_path "$current"
    end
end
complete -c mcpass -f -a '(__mcpass_complete)'
`;

const POWERSHELL = `# mcpass completion for PowerShell
Register-ArgumentCompleter -Native -CommandName mcpass -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements | Select-Object -Skip 1 |
        Where-Object { $_.Extent.EndOffset -le $cursorPosition } | ForEach-Object { $_.ToString() })
    if ($wordToComplete -eq '') { $words += '""' }
    mcpass complete -- @words 2>$null | ForEach-Object {
        $word, $says = $_ -split "\`t", 2
        if (-not $says) { $says = $word }
        [System.Management.Automation.CompletionResult]::new($word, $word, 'ParameterValue', $says)
    }
}
`;

const SCRIPTS: Readonly<Record<Shell, string>> = { bash: BASH, zsh: ZSH, fish: FISH, powershell: POWERSHELL };

export function completionScript(shell: Shell): string {
  return SCRIPTS[shell];
}

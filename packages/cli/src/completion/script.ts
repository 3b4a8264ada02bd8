export const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const;
export type Shell = (typeof SHELLS)[number];

/*
 * Scripts of our own: each hands the words of the line, as words, to `mcpass complete --`, and offers what that prints
 * (`word`, a tab, an explanation). None of them evaluates what was typed, and none needs a helper that is not part of
 * its shell.
 */

const BASH = `# mcpass completion for bash
_mcpass() {
  local IFS=$'\\n' line word i rest="\${COMP_LINE:0:COMP_POINT}" breaks='' words=()
  COMPREPLY=()
  # Bash breaks words at colons and equal signs: put together what stands together on the line.
  for (( i = 0; i <= COMP_CWORD; i++ )); do
    word="\${COMP_WORDS[i]}"
    if (( i > 0 )) && [[ $rest != [[:blank:]]* ]]; then
      words[\${#words[@]}-1]+="$word"
    else
      words+=("$word")
    fi
    rest="\${rest#"\${rest%%[![:blank:]]*}"}"
    rest="\${rest#"$word"}"
  done
  while read -r line; do
    COMPREPLY+=("\${line%%$'\\t'*}")
  done < <(mcpass complete -- "\${words[@]:1}" 2>/dev/null)
  # What it replaces is what stands behind the last of them.
  [[ $COMP_WORDBREAKS == *:* ]] && breaks+=':'
  [[ $COMP_WORDBREAKS == *=* ]] && breaks+='='
  if [[ -n $breaks ]]; then
    word="\${words[\${#words[@]}-1]}"
    COMPREPLY=("\${COMPREPLY[@]#"\${word%"\${word##*[$breaks]}"}"}")
  fi
  # Behind "name=" goes its value.
  [[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == *= ]] && compopt -o nospace 2>/dev/null
  return 0
}
complete -o default -F _mcpass mcpass
`;

const ZSH = `#compdef mcpass
# mcpass completion for zsh
_mcpass() {
  local -a found open
  local line entry
  while IFS= read -r line; do
    # The first colon of an entry separates word and explanation.
    entry="\${\${line%%$'\\t'*}//:/\\\\:}:\${line#*$'\\t'}"
    # Behind "name=" goes its value.
    if [[ "\${line%%$'\\t'*}" == *= ]]; then open+=("$entry"); else found+=("$entry"); fi
  done < <(mcpass complete -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  if (( \${#found} + \${#open} )); then
    _describe 'mcpass' found -- open -S ''
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

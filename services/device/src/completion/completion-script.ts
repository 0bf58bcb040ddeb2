/** What a shell runs at a tab: it asks the command itself, whose answers are always those of its own version. */
export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

const head = (shell: Shell) => `# Completion of openrelay for ${shell}, as “openrelay completion ${shell}” prints it.`;

/** A script for a file that the shell reads at its start. */
export function completionScript(shell: Shell): string {
  switch (shell) {
    case 'bash':
      return bash;
    case 'zsh':
      return zsh;
    case 'fish':
      return fish;
    default:
      return shell satisfies never;
  }
}

const bash = `${head('bash')}
_openrelay() {
  local line current=\${COMP_WORDS[COMP_CWORD]} program=\${COMP_WORDS[0]/#\\~/$HOME} files=
  COMPREPLY=()
  while IFS= read -r line; do
    case $line in
      :files) files=-f ;;
      :folders) files=-d ;;
      *) COMPREPLY+=("\${line%%$'\\t'*}") ;;
    esac
  done < <("$program" complete bash -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null </dev/null)
  if [ -n "$files" ]; then
    compopt -o default 2>/dev/null
    # Among names of devices; by themselves the shell completes files better. It quotes what it takes for files.
    [ \${#COMPREPLY[@]} -gt 0 ] || return
    while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen "$files" -- "$current")
    compopt -o filenames 2>/dev/null && return
  fi
  case \${COMPREPLY[0]-} in *-) compopt -o nospace 2>/dev/null ;; esac
  # Names are of others' making, and must not become commands. Inside of quotes they stand as they are, or not at all.
  for line in "\${!COMPREPLY[@]}"; do
    case $current in
      *[\\"\\']*) case \${COMPREPLY[line]} in *[\\"\\'\\\\\\$\\\`!]*) unset "COMPREPLY[$line]" ;; esac ;;
      *) COMPREPLY[line]=$(printf %q "\${COMPREPLY[line]}") ;;
    esac
  done
}
complete -F _openrelay openrelay
`;

const zsh = `#compdef openrelay
${head('zsh')}
_openrelay() {
  local line word space
  for line in "\${(@f)$("\${(Q)words[1]/#\\~/$HOME}" complete zsh -- "\${(@Q)words[2,CURRENT-1]}" "$words[CURRENT]" 2>/dev/null </dev/null)}"; do
    case $line in
      '') ;;
      :files) _files ;;
      :folders) _files -/ ;;
      *)
        word=\${line%%$'\\t'*}
        space=' '
        case $word in *-) space='' ;; esac
        local -a told=("$word  \${line#*$'\\t'}")
        [[ $line == *$'\\t'* ]] || told=("$word")
        compadd -U -S "$space" -l -d told -- "$word" ;;
    esac
  done
}
if [ "$funcstack[1]" = _openrelay ]; then _openrelay "$@"; else compdef _openrelay openrelay; fi
`;

const fish = `${head('fish')}
function __openrelay_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l program (string replace -r '^~' $HOME -- $words[1])
    for line in ($program complete fish -- $words[2..-1] "$current" 2>/dev/null </dev/null)
        switch $line
            case ':files'
                __fish_complete_path "$current"
            case ':folders'
                __fish_complete_directories "$current"
            case '*'
                printf '%s\\n' $line
        end
    end
end
complete -c openrelay -f -a '(__openrelay_complete)'
`;

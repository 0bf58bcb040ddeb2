import { candidateLines } from '../completion/candidates';
import { completeLine } from '../completion/complete-line';
import { completionScript, type Shell, shells } from '../completion/completion-script';
import { joined, unquoted } from '../completion/shell-words';
import { Failure } from '../failures/failure';
import type { Commands } from './commands';

export function registerCompletion({ program, act }: Commands): void {
  const script = program
    .command('completion')
    .description('print what completes commands, devices and codes in bash, zsh or fish; --help says where it goes')
    .argument('<SHELL>', 'bash, zsh or fish')
    .addHelpText('after', whereItGoes);
  act(script, async ({ voice }, [word]) => {
    const shell = shellOf(word);
    voice.show({ shell, script: completionScript(shell) }, () => completionScript(shell).trimEnd().split('\n'));
    return 0;
  });

  // What the scripts ask, with the words of the line after the command's name, the one at the cursor last.
  const complete = program.command('complete', { hidden: true }).argument('<SHELL>').argument('[WORD...]');
  act(complete, async ({ world, voice }, [shell, ...words]) => {
    const completions = completeLine(program, wordsOf(shellOf(shell), words));
    // Where a shell breaks words at “=”, it completes what is behind it.
    const before = words.at(-1)?.startsWith(completions.before) ? completions.before : '';
    const lines = await candidateLines({ ...completions, before }, world.folders.store);
    voice.show({ lines }, () => lines);
    return 0;
  });
}

const whereItGoes = `
bash  openrelay completion bash > ~/.local/share/bash-completion/completions/openrelay
      (make the folder first; without the package bash-completion: source it in ~/.bashrc)
zsh   openrelay completion zsh > FOLDER/_openrelay    FOLDER is one of $fpath
fish  openrelay completion fish > ~/.config/fish/completions/openrelay.fish`;

function shellOf(word: string | undefined): Shell {
  const shell = shells.find((each) => each === word);
  if (shell === undefined) throw new Failure(2, `There is completion for ${shells.join(', ')}, not for “${word}”.`);
  return shell;
}

/** Zsh and fish have taken the quotes away from all but the last. */
function wordsOf(shell: Shell, words: readonly string[]): readonly string[] {
  switch (shell) {
    case 'bash':
      return joined(words.map(unquoted));
    case 'zsh':
    case 'fish':
      return [...words.slice(0, -1), unquoted(words.at(-1) ?? '')];
    default:
      return shell satisfies never;
  }
}

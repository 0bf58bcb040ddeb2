import type { Argument, Command, Option } from 'commander';
import { kindsOf, type WordKind } from './word-kind';

export type Candidate = { readonly word: string; readonly about?: string | undefined };

/** `words`: complete as they are. `kinds`: whatever is of these, after `before`, which the shell does not repeat. */
export type Completions = {
  readonly words: readonly Candidate[];
  readonly kinds: readonly WordKind[];
  readonly before: string;
  /** Of the word that is completed, as far as it was typed. */
  readonly typed: string;
};

/** What may come next, by the table of commands. @param words the line after the program's name; the last one is completed */
export function completeLine(program: Command, words: readonly string[]): Completions {
  const { command, before, options } = commandOf(program, words.slice(0, -1));
  const typed = words.at(-1) ?? '';
  const last = options === 'over' ? undefined : openOption(program, command, words.slice(0, -1));
  if (last !== undefined && !typed.startsWith('-')) return ofKinds(last, '', typed);
  const [, flag, value] = (options === 'over' ? null : /^(--[a-z-]+)=(.*)$/s.exec(typed)) ?? [];
  const assigned = optionNamed(program, command, flag);
  if (assigned !== undefined) return ofKinds(assigned, `${flag}=`, value!);
  const isOption = typed.startsWith('-') && options !== 'over';
  if (isOption) return { words: optionWords(program, command), kinds: [], before: '', typed };
  if (command === program) return { words: commandWords(program), kinds: [], before: '', typed };
  return { words: [], kinds: argumentKinds(command, before), before: '', typed };
}

type Place = { readonly command: Command; readonly before: number; readonly options: 'possible' | 'over' };

/** The command, and how many arguments of it were typed. */
function commandOf(program: Command, words: readonly string[]): Place {
  let command = program;
  let before = 0;
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at]!;
    if (word === '--') return { command, before: before + words.length - at - 1, options: 'over' };
    const option = optionNamed(program, command, word);
    if (option?.required) at = endOfValues(option, words, at);
    else if (option === undefined && !/^-./.test(word)) {
      const found = command === program ? program.commands.find((each) => each.name() === word) : undefined;
      if (found === undefined) before += 1;
      else command = found;
    }
  }
  return { command, before, options: 'possible' };
}

/** Where the last value of the option stands; at least one belongs to it. */
function endOfValues({ variadic }: Option, words: readonly string[], at: number): number {
  let end = at + 1;
  while (variadic && end + 1 < words.length && !words[end + 1]!.startsWith('-')) end += 1;
  return end;
}

/** The one that takes the next word as its value. */
function openOption(program: Command, command: Command, words: readonly string[]): Option | undefined {
  const at = words.findLastIndex((word) => word.startsWith('-'));
  const option = optionNamed(program, command, words[at]);
  return option?.required && (option.variadic || at === words.length - 1) ? option : undefined;
}

function optionsOf(program: Command, command: Command): Option[] {
  const help = program.createHelp();
  help.showGlobalOptions = true;
  return [...help.visibleOptions(command), ...help.visibleGlobalOptions(command)];
}

function optionNamed(program: Command, command: Command, word: string | undefined): Option | undefined {
  return optionsOf(program, command).find(({ long, short }) => word !== undefined && (long === word || short === word));
}

function optionWords(program: Command, command: Command): Candidate[] {
  return optionsOf(program, command).flatMap(({ long, description }) =>
    long ? [{ word: long, about: description }] : [],
  );
}

function commandWords(program: Command): Candidate[] {
  const commands = program.createHelp().visibleCommands(program);
  return commands.map((command) => ({ word: command.name(), about: command.description() }));
}

function argumentKinds(command: Command, before: number): readonly WordKind[] {
  const { registeredArguments: all } = command;
  const argument: Argument | undefined = all[before] ?? (all.at(-1)?.variadic ? all.at(-1) : undefined);
  return argument === undefined ? [] : (kindsOf(argument.name()) ?? []);
}

function ofKinds({ flags }: Option, before: string, typed: string): Completions {
  const [, name = ''] = /[<[]([^>\]]+)[>\]]/.exec(flags) ?? [];
  return { words: [], kinds: kindsOf(name) ?? [], before, typed };
}

import type { Command } from 'commander';

interface Words {
  /** The commands that lead here, joined by a space; empty at the top. */
  readonly path: string;
  readonly words: readonly string[];
}

/** A script for a shell to source. Commands, options and choices are completed, and files elsewhere. */
export function completionScript(shell: 'bash' | 'zsh' | 'fish', program: Command): string {
  const table = collect(program, []);
  switch (shell) {
    case 'bash':
      return bash(table);
    case 'zsh':
      return `#compdef outrigger\nautoload -U +X bashcompinit && bashcompinit\n${bash(table)}`;
    case 'fish':
      return fish(table);
  }
}

function collect(command: Command, path: readonly string[]): Words[] {
  const own = [
    ...command.commands.map((child) => child.name()),
    ...command.registeredArguments.flatMap((argument) => argument.argChoices ?? []),
    ...command.options.flatMap((option) => option.long ?? []),
    '--help',
  ];
  const below = command.commands.flatMap((child) => collect(child, [...path, child.name()]));
  return [{ path: path.join(' '), words: own }, ...below];
}

function bash(table: readonly Words[]): string {
  const cases = table.map(({ path, words }) => `    "${path}") words="${words.join(' ')}" ;;`).join('\n');
  return `_outrigger() {
  local current="\${COMP_WORDS[COMP_CWORD]}" path="" word words=""
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$path $word" in
${table
  .map(({ path }) => path)
  .filter((path) => path !== '')
  .map((path) => `      "${path.includes(' ') ? '' : ' '}${path}") path="${path}" ;;`)
  .join('\n')}
    esac
  done
  case "$path" in
${cases}
  esac
  COMPREPLY=( $(compgen -W "$words" -- "$current") )
}
complete -o default -F _outrigger outrigger
`;
}

function fish(table: readonly Words[]): string {
  const lines = table.map(({ path, words }) => {
    const commands = path === '' ? [] : path.split(' ');
    const condition =
      commands.length === 0
        ? '__fish_use_subcommand'
        : commands.map((command) => `__fish_seen_subcommand_from ${command}`).join('; and ');
    return `complete -c outrigger -n "${condition}" -a "${words.join(' ')}"`;
  });
  return `${lines.join('\n')}\n`;
}

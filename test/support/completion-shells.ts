/** What a shell offers at the end of command lines, by its completion script: the shell itself is run, once for all. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, runProgram } from './run-assay.ts';

export interface Offers {
  /** By the command line: what is offered, as it would be inserted. */
  readonly offers: ReadonlyMap<string, readonly string[]>;
  readonly stderr: string;
}

export interface ShellOptions {
  /** A folder of this run's own, with nothing in it. */
  readonly scratch: string;
  readonly cwd: string;
  /** Where `assay` is. */
  readonly path: string;
}

export type CompletingShell = (lines: readonly string[], options: ShellOptions) => Promise<Offers>;

const scripts = join(root, 'dist/completion');

/** Words are taken apart where bash does it: at blanks and equals signs. */
async function completeInBash(lines: readonly string[], { cwd, path }: ShellOptions): Promise<Offers> {
  const script = `
    compopt() { :; }
    source "$1"
    shift
    for line; do
      words=\${line//=/ = }
      read -ra COMP_WORDS <<<"$words"
      [[ $words != *' ' || $words == *'= ' ]] || COMP_WORDS+=('')
      COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
      _assay assay
      for word in "\${COMPREPLY[@]}"; do printf '%s\\t%s\\n' "$line" "$word"; done
    done`;
  const args = ['--norc', '-c', script, 'bash', join(scripts, 'assay.bash'), ...lines];
  const { stdout, stderr } = await runProgram('bash', args, { cwd, env: { PATH: path } });
  return { offers: byLine(stdout), stderr };
}

async function completeInFish(
  lines: readonly string[],
  { scratch, cwd, path }: ShellOptions,
): Promise<Offers> {
  const script = `
    source $argv[1]
    for line in $argv[2..-1]
      for offer in (complete -C $line | string replace -r '\\t.*' '')
        printf '%s\\t%s\\n' $line $offer
      end
    end`;
  const env = { PATH: path, HOME: scratch, XDG_CONFIG_HOME: scratch, XDG_DATA_HOME: scratch };
  const args = ['--no-config', '-c', script, join(scripts, 'assay.fish'), ...lines];
  const { stdout, stderr } = await runProgram('fish', args, { cwd, env });
  return { offers: byLine(stdout), stderr };
}

/** zsh completes in its line editor alone: one runs in a terminal of its own, and notes what it would insert. */
async function completeInZsh(
  lines: readonly string[],
  { scratch, cwd, path }: ShellOptions,
): Promise<Offers> {
  const inner = `
    PS1=
    fpath=(${scripts} $fpath)
    autoload -Uz compinit
    compinit -u -D
    compadd() {
      local -a hits
      if [[ \${@[1,(i)(-|--)]} != *-(O|A|D)\\ * ]]; then
        builtin compadd -A hits "$@"
        for hit in $hits; do print -r -- $BUFFER$'\\t'$hit >> ${scratch}/offers; done
      fi
      builtin compadd "$@"
    }
    note() { _main_complete; print -r -- $BUFFER >> ${scratch}/done; compstate[insert]= compstate[list]= }
    zle -C note complete-word note
    bindkey '^I' note
    bindkey '^U' kill-whole-line`;
  writeFileSync(join(scratch, 'inner.zsh'), inner);
  const outer = `
    zmodload zsh/zpty
    zpty inner zsh -f -i 2>>${scratch}/stderr
    zpty -w inner source ${scratch}/inner.zsh
    for line; do
      : > ${scratch}/done
      zpty -w -n inner $'\\x15'$line$'\\t'
      for (( tries = 0; tries < 400; tries++ )); do
        [[ -s ${scratch}/done ]] && break
        sleep 0.025
      done
    done
    zpty -d inner
    cat ${scratch}/offers`;
  const args = ['-f', '-c', outer, 'zsh', ...lines];
  const { stdout, stderr } = await runProgram('zsh', args, {
    cwd,
    env: { PATH: path, HOME: scratch, TERM: 'dumb' },
  });
  return { offers: byLine(stdout), stderr };
}

export const shells: Readonly<Record<string, CompletingShell>> = {
  bash: completeInBash,
  zsh: completeInZsh,
  fish: completeInFish,
};

function byLine(stdout: string): ReadonlyMap<string, readonly string[]> {
  const pairs = stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t'));
  const grouped = Map.groupBy(pairs, ([line = '']) => line);
  return new Map(
    [...grouped].map(([line, offered]) => [
      line,
      [...new Set(offered.map(([, offer = '']) => offer))].sort(),
    ]),
  );
}

/** A folder with a program `assay` in it, which is this shell script. */
export function folderWithAssay(folder: string, script: string): string {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'assay'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  return folder;
}

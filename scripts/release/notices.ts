/** The licences of what the executables are made of, in their own words: they ask to be handed on. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { dependenciesOf, type Lock } from './shrinkwrap.ts';

/** `node`: the directory of a Node; `root`: the checkout, with its dependencies installed. */
export function notices(root: string, lock: Lock, node: string): string {
  const texts = dependenciesOf(lock).map(({ path, name, locked: { version = '', license = '' } }) =>
    section(`${name} ${version} (${license})`, licenceIn(join(root, path))),
  );
  return [...texts, section('Node.js', licenceIn(node))].join('\n');
}

function section(title: string, text: string | undefined): string {
  const rule = '='.repeat(title.length);
  return `${title}\n${rule}\n\n${text?.trim() ?? 'Its package has no text of its licence; the name above is what it states.'}\n`;
}

function licenceIn(directory: string): string | undefined {
  const name = readdirSync(directory)
    .sort()
    .find((one) => /^(?:licen[cs]e|copying)(?:[.-]|$)/i.test(one));
  return name === undefined ? undefined : readFileSync(join(directory, name), 'utf8');
}

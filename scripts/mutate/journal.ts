/** What a run found out, kept as it is found: a run of hours that is cut short goes on where it was. */
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Mutant } from './mutants.ts';

const root = join(import.meta.dirname, '../..');

/** One line a mutant that was noticed. A mutant of a file that has changed since is another one. */
export class Journal {
  readonly #path: string | undefined;
  readonly #killed = new Set<string>();
  readonly #texts = new Map<string, string>();

  /** Without a path, nothing is kept. */
  constructor(path: string | undefined) {
    this.#path = path;
    if (path === undefined || !existsSync(path)) return;
    for (const line of readFileSync(path, 'utf8').split('\n').filter(Boolean)) this.#killed.add(line);
  }

  isKilled(mutant: Mutant): boolean {
    return this.#killed.has(this.#lineOf(mutant));
  }

  killed(mutant: Mutant): void {
    const line = this.#lineOf(mutant);
    this.#killed.add(line);
    if (this.#path !== undefined) appendFileSync(this.#path, line + '\n');
  }

  #lineOf({ file, position, replacement }: Mutant): string {
    let text = this.#texts.get(file);
    if (text === undefined) {
      text = createHash('sha256')
        .update(readFileSync(join(root, file)))
        .digest('hex');
      this.#texts.set(file, text);
    }
    return JSON.stringify([file, text, position, replacement]);
  }
}

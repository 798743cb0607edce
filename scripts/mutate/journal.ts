/** What a run found out, kept as it is found: a run of hours that is cut short goes on where it was. */
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Mutant } from './mutants.ts';

const root = join(import.meta.dirname, '../..');

/**
 * One line a mutant that was noticed, and one a test file that did not notice it. A mutant of a file that has changed
 * since is another one, and so is a test file.
 */
export class Journal {
  readonly #path: string | undefined;
  readonly #lines = new Set<string>();
  readonly #digests = new Map<string, string>();

  /** Without a path, nothing is kept. */
  constructor(path: string | undefined) {
    this.#path = path;
    if (path === undefined || !existsSync(path)) return;
    for (const line of readFileSync(path, 'utf8').split('\n').filter(Boolean)) this.#lines.add(line);
  }

  isKilled(mutant: Mutant): boolean {
    return this.#lines.has(this.#lineOf(mutant));
  }

  killed(mutant: Mutant): void {
    this.#add(this.#lineOf(mutant));
  }

  hasSurvived(mutant: Mutant, testFile: string, isFresh: boolean): boolean {
    return this.#lines.has(this.#lineOf(mutant, testFile, this.#digestOf(testFile), isFresh));
  }

  survived(mutant: Mutant, testFile: string, isFresh: boolean): void {
    this.#add(this.#lineOf(mutant, testFile, this.#digestOf(testFile), isFresh));
  }

  #add(line: string): void {
    this.#lines.add(line);
    if (this.#path !== undefined) appendFileSync(this.#path, line + '\n');
  }

  #lineOf({ file, position, replacement }: Mutant, ...survived: unknown[]): string {
    return JSON.stringify([file, this.#digestOf(file), position, replacement, ...survived]);
  }

  #digestOf(file: string): string {
    let digest = this.#digests.get(file);
    if (digest === undefined) {
      digest = createHash('sha256')
        .update(readFileSync(join(root, file)))
        .digest('hex');
      this.#digests.set(file, digest);
    }
    return digest;
  }
}

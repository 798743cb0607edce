/**
 * GitHub Flavored Markdown out of text that upstreams and key owners wrote: nothing of it is markup, whatever it holds.
 *
 * By numeric character references rather than by backslashes: what is never written as itself cannot be taken for HTML,
 * for a cell's end or a link either, by whatever reads the text next. GitHub looks for @names and #numbers after
 * Markdown has been rendered, but for code.
 */
import type { AssayError } from '../model/errors.ts';
import { escapeUnprintable } from '../model/printable.ts';

/** All but what has no meaning within a line, and the colons and the dots that would make a link or an emoji. */
const markup = /[^\p{L}\p{N} .,:;+\-/()='"%?]|:(?=\S)|(?<=www)\./giu;

/** More than anything that people read there; the summary of a job may have a megabyte. */
const maxCharacters = 2000;

/** One line of text, shown as it is, or its beginning. */
export function escapeMarkdown(text: string): string {
  const characters = Array.from(text);
  const shown = characters.slice(0, maxCharacters).join('').replaceAll('\n', ' ');
  const escaped = escapeUnprintable(shown).replace(markup, reference);
  const whole = characters.length > maxCharacters ? `${escaped}…` : escaped;
  return /[@#]/.test(shown) ? `<code>${whole}</code>` : whole;
}

function reference(character: string): string {
  return `&#${String(character.codePointAt(0) ?? 0)};`;
}

/** The first row is the head; every cell is text. */
export function markdownTable(rows: readonly (readonly string[])[]): string {
  const lines = rows.map((row) => `| ${row.map(escapeMarkdown).join(' | ')} |`);
  const rule = `| ${(rows[0] ?? []).map(() => '---').join(' | ')} |`;
  return [...lines.slice(0, 1), rule, ...lines.slice(1)].join('\n');
}

/** What a run ended by, under a heading. */
export function renderErrorMarkdown(title: string, { code, message }: AssayError, hint = ''): string {
  const table = markdownTable([
    ['CODE', 'WHY', 'WHAT TO DO'],
    [code, message, hint],
  ]);
  return `## ${title}\n\n### Failed\n\n${table}\n`;
}

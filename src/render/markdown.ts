/**
 * GitHub Flavored Markdown out of text that upstreams and key owners wrote: nothing of it is markup, whatever it holds.
 */

/** Everything that CommonMark lets a backslash disarm, but for what stands in versions and names all the time. */
const markup = /[\\`*_{}[\]<>()#+!|~&@$]/g;

/** One line of text, shown as it is: control and direction-changing characters as `\u{…}`. */
export function escapeMarkdown(text: string): string {
  return (
    text
      .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) =>
        character === '\n' ? ' ' : `\\u{${character.codePointAt(0)?.toString(16) ?? ''}}`,
      )
      .replace(markup, (character) => `\\${character}`)
      // An address would become a link: a reader must not be led anywhere by it.
      .replaceAll('://', ':\\/\\/')
  );
}

/** The first row is the head; every cell is text. */
export function markdownTable(rows: readonly (readonly string[])[]): string {
  const lines = rows.map((row) => `| ${row.map(escapeMarkdown).join(' | ')} |`);
  const rule = `| ${(rows[0] ?? []).map(() => '---').join(' | ')} |`;
  return [...lines.slice(0, 1), rule, ...lines.slice(1)].join('\n');
}

/** What README.md tells people to type, so that a check can do it word by word. */

/** The commands of the console blocks under the heading `title`, each with its continued lines. Throws where there are none. */
export function commandsUnder(readme: string, title: string): readonly string[] {
  const [, chapter = ''] = readme.split(`\n### ${title}\n`);
  const end = chapter.search(/^#{1,3} /m);
  const text = end < 0 ? chapter : chapter.slice(0, end);
  const blocks = [...text.matchAll(/^```console[^\n]*\n(.*?)^```$/gms)].map(([, block = '']) => block);
  const commands = blocks.flatMap((block) =>
    [...block.matchAll(/^\$ ((?:[^\n]*\\\n)*[^\n]*)$/gm)].map(([, command = '']) => command),
  );
  if (commands.length === 0) throw new Error(`README.md has no commands under "${title}"`);
  return commands;
}

/**
 * `grubenv`: what GRUB remembers between boots, such as the entry that was saved (GRUB manual, "The GRUB environment
 * block"): a line of comment, `name=value` lines in which a backslash keeps the next character as it is, and `#` to the end.
 */
const signature = '# GRUB Environment Block\n';

/** Nothing for what is none: GRUB then goes on without. */
export function parseGrubEnvironment(bytes: Uint8Array): ReadonlyMap<string, string> {
  const text = Buffer.from(bytes).toString('utf8');
  if (!text.startsWith(signature)) return new Map();
  const variables = new Map<string, string>();
  let open = '';
  for (const line of text.slice(signature.length).split('\n')) {
    open += line;
    // What stands behind an odd number of them is the line feed itself.
    if ((/\\*$/.exec(line)?.[0].length ?? 0) % 2 === 1) {
      open += '\n';
      continue;
    }
    const equals = open.indexOf('=');
    if (equals > 0 && !open.startsWith('#')) {
      variables.set(open.slice(0, equals), open.slice(equals + 1).replace(/\\([^])/g, '$1'));
    }
    open = '';
  }
  return variables;
}

/** Names in archives, before anything is done with them: relative, below the root, and plain enough to be printed. */

const maxBytes = 4096;

/**
 * The path that a name stands for, without `./` and a slash at its end; empty for the root itself. Undefined for what
 * leads elsewhere (`..`, absolute), can be read in two ways (`a//b`, `a/./b`), or is no text (control characters,
 * bytes that are no UTF-8).
 */
export function parseArchivePath(name: string): string | undefined {
  const path = name.replace(/^(?:\.\/)+/, '').replace(/\/$/, '');
  if (name === '.' || (path === '' && name !== '')) return name.startsWith('/') ? undefined : '';
  if (!isPlainText(path)) return undefined;
  const isPlain = path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
  return isPlain ? path : undefined;
}

/** Is it text that a terminal and a checksum file can show, and not too long? */
export function isPlainText(text: string): boolean {
  if (text === '' || Buffer.byteLength(text) > maxBytes) return false;
  return !/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\ufffd]/u.test(text);
}

/**
 * May a symbolic link at `path` have this target? An absolute one means the system that the archive is extracted to;
 * a relative one must not climb above the root.
 */
export function isTargetBelowRoot(path: string, target: string): boolean {
  if (target.startsWith('/')) return !target.split('/').includes('..');
  let depth = path.split('/').length - 1;
  for (const part of target.split('/')) {
    if (part === '..') depth -= 1;
    else if (part !== '' && part !== '.') depth += 1;
    if (depth < 0) return false;
  }
  return true;
}
